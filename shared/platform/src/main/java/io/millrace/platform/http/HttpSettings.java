package io.millrace.platform.http;

import io.millrace.platform.settings.Settings;
import io.millrace.platform.tls.TlsFiles;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the HTTP server and of the management server.
 *
 * @param loops the number of event loops that serve HTTP and sockets
 * @param maxBody the largest number of bytes in a request's body
 * @param idle how long a connection may be idle before it is closed
 * @param readTimeout how long a header may take to be complete, and a body to bring 500 bytes for each second
 * @param maxConnections the largest number of connections on this node, of all kinds
 * @param compression whether WebSockets whose clients offer it are compressed
 * @param origins the origins, besides the server's own, whose pages may use the interfaces; {@code *} for any
 * @param proxies the proxies whose forwarding headers are believed
 * @param addresses the client addresses whose requests are accepted
 * @param proxyProtocol the proxies whose connections begin with a header of the PROXY protocol
 * @param tls the certificate of the HTTP server; null for plain HTTP
 * @param hsts how long a browser may use nothing but TLS with this host; zero for no such header
 */
public record HttpSettings(
        String host,
        int port,
        int loops,
        long maxBody,
        Duration idle,
        Duration readTimeout,
        int maxConnections,
        boolean compression,
        List<String> origins,
        TrustedProxies proxies,
        AddressFilter addresses,
        Networks proxyProtocol,
        @Nullable TlsFiles tls,
        Duration hsts,
        String managementHost,
        int managementPort) {
    public static HttpSettings from(Settings settings) {
        return new HttpSettings(
                settings.text("http.host", "127.0.0.1"),
                settings.integer("http.port", 8080, 0, 65_535),
                loops(settings),
                maxBody(settings),
                idle(settings),
                settings.duration(
                        "http.read.timeout", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(5)),
                settings.integer("http.connections.max", 20_000, 1, 1_000_000),
                settings.bool("http.compression", true),
                settings.texts("http.origins", List.of()),
                proxies(settings),
                AddressFilter.from(settings),
                Networks.from(settings, "http.proxy.protocol"),
                TlsFiles.server(settings, "http.tls"),
                settings.duration("http.tls.hsts", Duration.ofDays(180), Duration.ZERO, Duration.ofDays(730)),
                settings.text("management.host", "127.0.0.1"),
                settings.integer("management.port", 8081, 0, 65_535));
    }

    /** More threads than cores take turns, and everybody waits for both. */
    private static int loops(Settings settings) {
        int loops = settings.integer("http.loops", 0, 0, 64);
        return loops == 0 ? Math.min(64, Runtime.getRuntime().availableProcessors()) : loops;
    }

    /** The scheme of the HTTP server's addresses. */
    public String scheme() {
        return tls == null ? "http" : "https";
    }

    /** {@code http.body.max}, for other settings whose limits have to fit into a body. */
    public static long maxBody(Settings settings) {
        return settings.bytes("http.body.max", 4L << 20, 1024, 64L << 20);
    }

    /** {@code http.idle}, for other settings that keep a connection from being idle. */
    public static Duration idle(Settings settings) {
        return settings.duration("http.idle", Duration.ofSeconds(75), Duration.ofSeconds(1), Duration.ofHours(1));
    }

    /** {@code http.proxies}, for stages that count by address. */
    public static TrustedProxies proxies(Settings settings) {
        try {
            return new TrustedProxies(settings.texts("http.proxies", List.of()));
        } catch (IllegalArgumentException wrong) {
            settings.refuse("http.proxies", String.valueOf(wrong.getMessage()));
            return new TrustedProxies(List.of());
        }
    }
}
