package io.millrace.api.answer;

import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.JsonResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a cache that many clients share, like a CDN, may keep of the reads: the answers to clients without a token, since
 * everybody gets those. What a token decides is the client's own. Immutable.
 */
public final class SharedCache {
    private static final String OWN = "private, no-cache";
    private final String control;

    /**
     * @param age how long a shared cache may answer with what it has; zero: it keeps nothing
     * @param stale how long it may go on with that while it asks for what is new
     */
    public SharedCache(Duration age, Duration stale) {
        this.control = age.isZero()
                ? OWN
                : "public, max-age=0, s-maxage=" + age.toSeconds()
                        + (stale.isZero() ? "" : ", stale-while-revalidate=" + stale.toSeconds());
    }

    /**
     * Adds to an answer who may keep it.
     *
     * @param keys by which it is purged; texts of {@link #key}
     */
    void addHeaders(HttpServerResponse response, Principal who, String... keys) {
        JsonResponse.vary(response, "Authorization")
                .putHeader(HttpHeaders.CACHE_CONTROL, who.authenticated() ? OWN : control);
        if (!who.authenticated() && !control.equals(OWN)) {
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
