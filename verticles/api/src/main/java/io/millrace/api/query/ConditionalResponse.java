package io.millrace.api.query;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends JSON with its tag, or {@code 304} to a client that has it already (RFC 9110 §13.1.2). vertx-web's
 * {@code isFresh()} is not usable: it sends everything again for {@code Cache-Control: no-cache}, by which a client
 * asks for PostgreSQL here, and for {@code If-Modified-Since}, which the RFC ignores beside {@code If-None-Match}.
 */
final class ConditionalResponse {
    private ConditionalResponse() {}

    static Future<Void> send(RoutingContext ctx, String etag, byte[] json) {
        HttpServerResponse response = ctx.response()
                .putHeader(HttpHeaders.ETAG, etag)
                // The page differs for a client that sees only a part.
                .putHeader(HttpHeaders.VARY, "Authorization")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        return matches(ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH), etag)
                ? response.setStatusCode(304).end()
                : response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(Buffer.buffer(json));
    }

    /** Weak comparison, as for reads: {@code "3"} and {@code W/"3"} are equal. */
    private static boolean matches(@Nullable String known, String etag) {
        if (known == null) {
            return false;
        }
        for (String one : known.split(",", -1)) {
            if (one.strip().equals("*") || opaque(one.strip()).equals(opaque(etag))) {
                return true;
            }
        }
        return false;
    }

    private static String opaque(String etag) {
        return etag.startsWith("W/") ? etag.substring(2) : etag;
    }
}
