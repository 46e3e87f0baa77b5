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
     * A connection to a node that can't be reached is noticed as soon as Hazelcast notices the node (cluster.xml), and tried
     * anew soon after it can be: with Vert.x's 60 s, the system's growing pauses between attempts outlast a cut by as long.
     */
    private static final int PING_EVERY_MS = 2_000;

    private static final int PONG_WITHIN_MS = 3_000;
    private static final int CONNECT_MS = 2_000;

    private Cluster() {}

    /**
     * A clustered Vert.x. Fails if a port is taken or no address fits.
     *
     * @param file {@code cluster.xml}: how Hazelcast behaves; if there is none, as it is shipped. Who is joined comes from
     *     the settings
     * @param name only nodes of this name join
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
            // Pods that start together find one another before each founds a cluster of its own.
            config.setProperty("hazelcast.wait.seconds.before.join", "3");
        } else {
            join.getTcpIpConfig().setEnabled(true).setMembers(settings.members());
        }
        return config;
    }
}
