package io.millrace.launcher.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.core.HazelcastInstance;
import io.millrace.launcher.NodeSettings;
import io.millrace.platform.tls.BadCertificateException;
import io.millrace.platform.tls.Certificates;
import io.millrace.platform.tls.TlsFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

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
     * Starts a clustered Vert.x. Fails if a port is in use or no address matches. With TLS it blocks until
     * Hazelcast has joined.
     *
     * @param file {@code cluster.xml}, the configuration of Hazelcast; if it doesn't exist, the shipped one is used.
     *     The members come from the settings
     * @param name the cluster's name; only nodes with the same name join
     * @throws IOException if the file or a certificate can't be read
     */
    public static Future<Vertx> join(
            VertxBuilder builder, VertxOptions options, Path file, String name, NodeSettings.ClusterSettings settings)
            throws IOException {
        EventBusOptions bus = new EventBusOptions()
                .setHost(settings.host())
                .setPort(settings.busPort())
                .setConnectTimeout(CONNECT_MS)
                .setReconnectAttempts(3)
                .setReconnectInterval(200)
                .setClusterPingInterval(PING_EVERY_MS)
                .setClusterPingReplyInterval(PONG_WITHIN_MS);
        Config config = config(file, name, settings);
        TlsFiles tls = settings.tls();
        if (tls == null) {
            return join(builder, options.setEventBusOptions(bus), new SelfHealingClusterManager(config));
        }
        Certificates certificates = certificates(tls);
        config.getMemberAttributeConfig()
                .setAttribute("__vertx.nodeId", UUID.randomUUID().toString());
        HazelcastInstance member = TlsMember.start(config, certificates.context());
        return join(
                        builder,
                        options.setEventBusOptions(encrypted(bus, certificates)),
                        new SelfHealingClusterManager(member))
                .onFailure(failed -> member.shutdown());
    }

    private static Future<Vertx> join(VertxBuilder builder, VertxOptions options, SelfHealingClusterManager manager) {
        return builder.with(options)
                .withClusterManager(manager)
                .buildClustered()
                .onSuccess(manager::watch);
    }

    /**
     * Both ends of a connection show a certificate. Which node a certificate names isn't asked: nodes come and go, and the
     * authority signs for nobody else.
     */
    private static EventBusOptions encrypted(EventBusOptions bus, Certificates certificates) {
        return bus.setSsl(true)
                .setKeyCertOptions(certificates.keyCert())
                .setTrustOptions(certificates.trust())
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                .setClientAuth(ClientAuth.REQUIRED);
    }

    private static Certificates certificates(TlsFiles files) throws IOException {
        try {
            return Certificates.read(files);
        } catch (BadCertificateException bad) {
            throw new IOException(bad.setting() + ": " + bad.getMessage(), bad);
        }
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
        // An endpoint for members and none for clients: whatever speaks another protocol is refused.
        ServerSocketEndpointConfig members =
                new ServerSocketEndpointConfig().setPort(settings.port()).setPortAutoIncrement(settings.dns() == null);
        members.getInterfaces().setEnabled(true).addInterface(settings.host());
        config.getAdvancedNetworkConfig().setEnabled(true).setMemberEndpointConfig(members);
        config.setProperty("hazelcast.socket.bind.any", "false");
        JoinConfig join = config.getAdvancedNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        if (settings.dns() != null) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", settings.dns())
                    .setProperty("service-port", Integer.toString(settings.port()));
            // Pods that start together should find each other before each forms a cluster of its own.
            config.setProperty("hazelcast.wait.seconds.before.join", "3");
        } else {
            join.getTcpIpConfig().setEnabled(true).setMembers(settings.members());
        }
        return config;
    }
}
