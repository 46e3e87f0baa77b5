package io.millrace.launcher;

import io.millrace.launcher.cluster.RateLimitTotals;
import io.millrace.launcher.kubernetes.KubernetesSettings;
import io.millrace.platform.alert.AlertSettings;
import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.node.DrainSettings;
import io.millrace.platform.settings.Settings;
import io.millrace.platform.tcp.TcpSettings;
import io.millrace.platform.tls.TlsFiles;
import io.millrace.platform.tracing.TracingSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the node as a whole.
 *
 * @param tcp the TCP bridge's server
 * @param secret the key that signs tokens, and the messages between nodes; null only in development
 * @param busTimeout how long one stage waits for another's reply
 * @param limits where the rate limits of all nodes are counted together
 * @param alerts when something is an alert
 * @param kubernetes what Kubernetes is told
 * @param tracing where spans go, and of which events
 */
public record NodeSettings(
        HttpSettings http,
        TcpSettings tcp,
        ClusterSettings cluster,
        @Nullable String secret,
        AuthSettings auth,
        Duration busTimeout,
        DrainSettings drain,
        RateLimitTotals.Place limits,
        AlertSettings alerts,
        KubernetesSettings kubernetes,
        TracingSettings tracing) {
    /**
     * @param name the cluster's name; only nodes with the same name join
     * @param host the address at which other nodes reach this one
     * @param port Hazelcast's first port; ports in use are skipped
     * @param busPort the port of the event bus; 0 for any
     * @param members the nodes to join, {@code host} or {@code host:port}
     * @param dns instead of {@code members}, a name that resolves to all nodes, like a headless Kubernetes service
     * @param tls the certificate that the node shows to other nodes, and the authority of theirs; null for no TLS
     * @param insecure whether a node may start without TLS on an address other than loopback
     */
    public record ClusterSettings(
            String name,
            String host,
            int port,
            int busPort,
            List<String> members,
            @Nullable String dns,
            @Nullable TlsFiles tls,
            boolean insecure) {
        /** The reason why a node outside development may not start with these settings; null if it may. Blocks for DNS. */
        public @Nullable String exposure() {
            if (tls != null || insecure || loopback(host)) {
                return null;
            }
            return "cluster.host: " + host + " is not a loopback address, and there is no TLS between nodes: whoever"
                    + " reaches the ports of Hazelcast and of the event bus could join. Set cluster.tls.cert,"
                    + " cluster.tls.key and cluster.tls.ca; or, where only nodes reach these ports,"
                    + " cluster.insecure: true";
        }

        private static boolean loopback(String host) {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException unknown) {
                // PortCheck reports it.
                return true;
            }
        }
    }

    /** The form of log lines; read by {@code logback.xml}, declared here as a known setting. */
    enum LogFormat {
        TEXT,
        JSON
    }

    static NodeSettings from(Settings settings) {
        Duration second = Duration.ofSeconds(1);
        settings.choice("log.format", LogFormat.class, LogFormat.TEXT);
        return new NodeSettings(
                HttpSettings.from(settings),
                TcpSettings.from(settings),
                new ClusterSettings(
                        settings.text("cluster.name", "millrace"),
                        settings.text("cluster.host", "127.0.0.1"),
                        settings.integer("cluster.port", 5701, 1, 65_535),
                        settings.integer("cluster.bus.port", 15_701, 0, 65_535),
                        settings.texts("cluster.members", List.of("127.0.0.1")),
                        settings.optionalText("cluster.dns"),
                        TlsFiles.mutual(settings, "cluster.tls"),
                        settings.bool("cluster.insecure", false)),
                settings.secret("auth.secret"),
                AuthSettings.from(settings),
                settings.duration("bus.timeout", Duration.ofSeconds(10), second, Duration.ofMinutes(5)),
                DrainSettings.from(settings),
                RateLimitTotals.Place.from(settings),
                AlertSettings.from(settings),
                KubernetesSettings.from(settings),
                TracingSettings.from(settings));
    }
}
