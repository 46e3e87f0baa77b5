package io.millrace.platform.http;

import io.millrace.platform.auth.Principal;
import io.millrace.platform.settings.Settings;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a cache that many clients share, like a CDN, may keep of the reads (RFC 9111): the answers to clients without a token, since
 * everybody gets those. What a token decides is the client's own. Immutable.
 */
public final class SharedCache {
    private static final String OWN = "private, no-cache";
    private static final String MOMENT = "public, max-age=0, s-maxage=1";
    private static final Duration DAY = Duration.ofDays(1);

    private final String control;
    private final String closedControl;

    private SharedCache(Duration age, Duration stale, Duration closed) {
        this.control = age.isZero()
                ? OWN
                : "public, max-age=0, s-maxage=" + age.toSeconds()
                        + (stale.isZero() ? "" : ", stale-while-revalidate=" + stale.toSeconds());
        this.closedControl =
                age.isZero() || closed.isZero() ? control : "public, max-age=" + closed.toSeconds() + ", immutable";
    }

    public static SharedCache from(Settings settings) {
        return new SharedCache(
                settings.duration("http.shared.age", Duration.ofSeconds(1), Duration.ZERO, DAY),
                settings.duration("http.shared.stale", Duration.ZERO, Duration.ZERO, DAY),
                settings.duration("http.shared.closed", Duration.ofMinutes(10), Duration.ZERO, DAY.multipliedBy(365)));
    }

    /**
     * Adds to an answer who may keep it.
     *
     * @param keys by which it is purged; texts of {@link #key}
     */
    public void addHeaders(HttpServerResponse response, Principal who, String... keys) {
        add(response, who, control, keys);
    }

    /**
     * As {@link #addHeaders}, to events between two positions, which are the same for ever: browsers keep them as well.
     *
     * @param stream the events' stream
     */
    public void addClosedHeaders(HttpServerResponse response, Principal who, String stream) {
        add(response, who, closedControl, key("closed", stream));
    }

    /** As {@link #addHeaders}, to what is true for a moment, however long {@code http.shared.age} is: that there is nothing yet. */
    public void addMomentHeaders(HttpServerResponse response, Principal who, String stream) {
        add(response, who, control.equals(OWN) ? OWN : MOMENT, key("stream", stream));
    }

    private void add(HttpServerResponse response, Principal who, String everybodys, String... keys) {
        JsonResponse.vary(response, "Authorization")
                .putHeader(HttpHeaders.CACHE_CONTROL, who.authenticated() ? OWN : everybodys);
        if (!who.authenticated() && !everybodys.equals(OWN)) {
            // Fastly, Varnish; Cloudflare.
            response.putHeader("Surrogate-Key", String.join(" ", keys)).putHeader("Cache-Tag", String.join(",", keys));
        }
    }

    /**
     * A key of answers: {@code entity:products/product/p-1}.
     *
     * @param names percent-encoded in the key, since a header separates keys by spaces or commas
     */
    public static String key(String what, String... names) {
        return what + ":"
                + Arrays.stream(names)
                        .map(name -> URLEncoder.encode(name, StandardCharsets.UTF_8)
                                .replace("+", "%20")
                                .replace("%3A", ":"))
                        .collect(Collectors.joining("/"));
    }
}
