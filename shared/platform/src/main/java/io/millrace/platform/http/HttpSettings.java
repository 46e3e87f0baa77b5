package io.millrace.platform.http;

import io.millrace.platform.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * The HTTP front and the management server.
 *
 * @param loops event loops that serve HTTP and sockets
 * @param maxBody bytes of a request's body
 * @param idle a connection on which nothing moves is closed
 * @param slow how long a header may take to be complete, and a body to bring 500 bytes for each second
 * @param maxConnections of whatever kind, on this node
 * @param compression whether WebSockets whose clients offer it are compressed
 * @param origins whose pages may use the interfaces besides the front's own; {@code *} for any
 * @param proxies who may say for whom they forward a request
 */
public record HttpSettings(
        String host,
        int port,
        int loops,
        long maxBody,
        Duration idle,
        Duration slow,
        int maxConnections,
        boolean compression,
        List<String> origins,
        TrustedProxies proxies,
        String managementHost,
        int managementPort) {
    public static HttpSettings from(Settings settings) {
        return new HttpSettings(
                settings.text("http.host", "127.0.0.1"),
                settings.integer("http.port", 8080, 0, 65_535),
                settings.integer("http.loops", 2, 1, 64),
                maxBody(settings),
                idle(settings),
                settings.duration("http.slow", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(5)),
                settings.integer("http.connections.max", 20_000, 1, 1_000_000),
                settings.bool("http.compression", true),
                settings.texts("http.origins", List.of()),
                proxies(settings),
                settings.text("management.host", "127.0.0.1"),
                settings.integer("management.port", 8081, 0, 65_535));
    }

    /** {@code http.body.max}, also for whoever allows something that has to fit into a body. */
    public static long maxBody(Settings settings) {
        return settings.bytes("http.body.max", 4L << 20, 1024, 64L << 20);
    }

    /** {@code http.idle}, also for whoever has to move something on a connection before it ends. */
    public static Duration idle(Settings settings) {
        return settings.duration("http.idle", Duration.ofSeconds(75), Duration.ofSeconds(1), Duration.ofHours(1));
    }

    /** {@code http.proxies}, also for whoever counts by address. */
    public static TrustedProxies proxies(Settings settings) {
        try {
            return new TrustedProxies(settings.texts("http.proxies", List.of()));
        } catch (IllegalArgumentException wrong) {
            settings.refuse("http.proxies", String.valueOf(wrong.getMessage()));
            return new TrustedProxies(List.of());
        }
    }
}
