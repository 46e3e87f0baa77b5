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
 * The origins whose pages may use the HTTP server: its own, and those of {@code http.origins}, by CORS (the Fetch
 * standard, §3.2). There are no cookies, so a page of another origin has only its own token.
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

    /** Whether the request's origin is allowed; a request without an origin always is. */
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

    /** Adds the CORS headers for an allowed origin. */
    public void addHeaders(HttpServerRequest request, HttpServerResponse response) {
        if (allowed.isEmpty()) {
            return;
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean any = allowed.contains("*");
        // Also without an origin: a cache may serve that answer to a page.
        if (!any) {
            var unused = JsonResponse.vary(response, HttpHeaders.ORIGIN);
        }
        if (any || (origin != null && named(origin))) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, any ? "*" : origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /** Whether the request is a preflight. */
    public static boolean isPreflight(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS)
                && request.getHeader(HttpHeaders.ORIGIN) != null
                && request.getHeader(ASKED_METHOD) != null;
    }

    /**
     * Adds the answer to a preflight.
     *
     * @param methods the methods of the path
     */
    public void addPreflightHeaders(HttpServerRequest request, HttpServerResponse response, Set<HttpMethod> methods) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null || !named(origin)) {
            return;
        }
        String headers = sanitized(request.getHeader(ASKED_HEADERS));
        response.putHeader(
                        HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS,
                        methods.stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", ")))
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600");
        if (headers != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
    }

    /** Allows every header that the page asks for: browsers add none with credentials by themselves. */
    private static @Nullable String sanitized(@Nullable String headers) {
        return headers != null && headers.matches("[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}") ? headers : null;
    }
}
