package io.millrace.launcher.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.XmlConfigBuilder;
import io.millrace.launcher.NodeSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Joins the cluster: Hazelcast for membership and addresses, nothing else. */
public final class Cluster {
    /**
     * The timeout of a connection to an unreachable node: as fast as Hazelcast notices the node (cluster.xml), so that
     * the next attempt comes soon after the network has healed. With Vert.x' 60 s, the system's growing pauses would
     * take as long again.
     */
    private static final int PING_EVERY_MS = 2_000;

    private static final int PONG_WITHIN_MS = 3_000;
    private static final int CONNECT_MS = 2_000;

    private Cluster() {}

    /**
     * Starts a clustered Vert.x. Fails if a port is in use or no address matches.
     *
     * @param file {@code cluster.xml}, the configuration of Hazelcast; if it doesn't exist, the shipped one is used.
     *     The members come from the settings
     * @param name the cluster's name; only nodes with the same name join
     * @throws IOException if the file can't be read
     */
    public static Future<Vertx> join(
            VertxBuilder builder, VertxOptions options, Path file, String name, NodeSettings.ClusterSettings settings)
            throws IOException {
        VertxOptions clustered = options.setEventBusOptions(new EventBusOptions()
                .setHost(settings.host())
                .setPort(settings.busPort())
                .setConnectTimeout(CONNECT_MS)
                .setReconnectAttempts(3)
                .setReconnectInterval(200)
                .setClusterPingInterval(PING_EVERY_MS)
                .setClusterPingReplyInterval(PONG_WITHIN_MS));
        SelfHealingClusterManager manager = new SelfHealingClusterManager(config(file, name, settings));
        return builder.with(clustered)
                .withClusterManager(manager)
                .buildClustered()
                .onSuccess(manager::watch);
    }

    private static Config read(Path file) throws IOException {
        if (Files.exists(file)) {
            return new XmlConfigBuilder(file.toString()).build();
        }
        try (InputStream ours = Cluster.class.getResourceAsStream("/default-conf/cluster.xml")) {
            return new XmlConfigBuilder(Objects.requireNonNull(ours, "this jar was built without conf/cluster.xml"))
                    .build();
        }
    }

    private static Config config(Path file, String name, NodeSettings.ClusterSettings settings) throws IOException {
        Config config = read(file);
        config.setClusterName(name);
        config.getNetworkConfig().setPort(settings.port());
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(settings.host());
        config.setProperty("hazelcast.socket.bind.any", "false");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        if (settings.dns() != null) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", settings.dns())
                    .setProperty("service-port", Integer.toString(settings.port()));
            config.getNetworkConfig().setPortAutoIncrement(false);
            // Pods that start together should find each other before each forms a cluster of its own.
            config.setProperty("hazelcast.wait.seconds.before.join", "3");
        } else {
            join.getTcpIpConfig().setEnabled(true).setMembers(settings.members());
        }
        return config;
    }
}
