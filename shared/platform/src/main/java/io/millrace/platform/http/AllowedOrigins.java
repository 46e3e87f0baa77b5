package io.millrace.platform.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whose pages may use the front: its own, and those of {@code http.origins}, who are told so by CORS (the Fetch standard,
 * §3.2). There are no cookies, so a page of another origin has only the token that it was given.
 */
public final class AllowedOrigins {
    private static final String EXPOSED = "ETag, Location, Retry-After, WWW-Authenticate, X-Cache";
    private static final String ASKED_METHOD = "Access-Control-Request-Method";
    private static final String ASKED_HEADERS = "Access-Control-Request-Headers";

    private final List<String> allowed;

    /**
     * @param allowed {@code https://shop.example}, or {@code *} for any
     */
    public AllowedOrigins(List<String> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /** Whether the page that sends this request may: one that isn't a page's may always. */
    public boolean allow(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null || named(origin) || own(origin, request);
    }

    private boolean named(String origin) {
        return allowed.contains("*") || allowed.contains(origin);
    }

    private static boolean own(String origin, HttpServerRequest request) {
        try {
            return request.authority() != null
                    && String.valueOf(URI.create(origin).getRawAuthority())
                            .equalsIgnoreCase(request.authority().toString());
        } catch (IllegalArgumentException notAUri) {
            return false;
        }
    }

    /** Says to the page of another origin what it may read; to one that may not, nothing. */
    public void tell(HttpServerRequest request, HttpServerResponse response) {
        if (allowed.isEmpty()) {
            return;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (!allowed.contains("*")) {
            // Also where it isn't a page that asks: a cache must not give its answer to one.
            var unused = response.headers().add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
        if (origin != null && named(origin)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, allowed.contains("*") ? "*" : origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /** Whether a browser asks if a page may send what it wants to send. */
    public static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader(HttpHeaders.ORIGIN) != null
                && request.getHeader(ASKED_METHOD) != null;
    }

    /**
     * Adds the answer to a preflight.
     *
     * @param methods what the path takes
     */
    public void tellPreflight(HttpServerRequest request, HttpServerResponse response, Set<HttpMethod> methods) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || !named(origin)) {
            return;
        }
        String headers = safe(request.getHeader(ASKED_HEADERS));
        response.putHeader(
                        HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS,
                        methods.stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", ")))
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600");
        if (headers != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
    }

    /** Whatever it wants to send: nothing that we read is there by itself. */
    private static @Nullable String safe(@Nullable String headers) {
        return headers != null && headers.matches("[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}") ? headers : null;
    }
}
