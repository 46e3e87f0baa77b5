package io.millrace.launcher;

import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.settings.Settings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the node as a whole.
 *
 * @param secret the key that signs tokens, and the messages between nodes; null only in development
 * @param busTimeout how long one stage waits for another's reply
 * @param notice how long a stopping node still accepts requests after its readiness has turned 503
 * @param drain how long a stopping node may take to leave, including {@code notice}
 */
public record NodeSettings(
        HttpSettings http,
        ClusterSettings cluster,
        @Nullable String secret,
        AuthSettings auth,
        Duration busTimeout,
        Duration notice,
        Duration drain) {
    /**
     * @param name the cluster's name; only nodes with the same name join
     * @param host the address at which other nodes reach this one
     * @param port Hazelcast's first port; ports in use are skipped
     * @param busPort the port of the event bus; 0 for any
     * @param members the nodes to join, {@code host} or {@code host:port}
     * @param dns instead of {@code members}, a name that resolves to all nodes, like a headless Kubernetes service
     */
    public record ClusterSettings(
            String name, String host, int port, int busPort, List<String> members, @Nullable String dns) {}

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
                new ClusterSettings(
                        settings.text("cluster.name", "millrace"),
                        settings.text("cluster.host", "127.0.0.1"),
                        settings.integer("cluster.port", 5701, 1, 65_535),
                        settings.integer("cluster.bus.port", 15_701, 0, 65_535),
                        settings.texts("cluster.members", List.of("127.0.0.1")),
                        settings.optionalText("cluster.dns")),
                settings.secret("auth.secret"),
                AuthSettings.from(settings),
                settings.duration("bus.timeout", Duration.ofSeconds(10), second, Duration.ofMinutes(5)),
                settings.duration("drain.delay", second, Duration.ZERO, Duration.ofMinutes(1)),
                settings.duration("drain.timeout", Duration.ofSeconds(30), second, Duration.ofMinutes(10)));
    }
}
