package io.millrace.api.answer;

import io.millrace.contracts.failure.Failure;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.SharedCache;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends JSON with its tag and what caches may do with it, or {@code 304} to a client that has it already (RFC 9110 §13.1.2). vertx-web's
 * {@code isFresh()} is not usable: it sends everything again for {@code Cache-Control: no-cache}, by which a client
 * asks for PostgreSQL here, and for {@code If-Modified-Since}, which the RFC ignores beside {@code If-None-Match}.
 */
public final class ConditionalResponse {
    private final SharedCache shared;

    public ConditionalResponse(SharedCache shared) {
        this.shared = shared;
    }

    /**
     * Sends that there is nothing, which a shared cache may keep as it may keep an answer.
     *
     * @param keys by which a shared cache purges it
     */
    public Future<Void> sendNothing(RoutingContext ctx, Principal who, JsonObject problem, String... keys) {
        shared.addHeaders(ctx.response(), who, keys);
        return ProblemResponses.sendCacheable(ctx, Failure.NOT_FOUND, problem);
    }

    /** @param keys by which a shared cache purges the answer, if it may keep it */
    public Future<Void> send(RoutingContext ctx, Principal who, String etag, byte[] json, String... keys) {
        shared.addHeaders(ctx.response(), who, keys);
        return send(ctx, etag, json);
    }

    /** Sends the events of a stream between two positions, which are the same whenever they are asked for. */
    public Future<Void> sendClosed(RoutingContext ctx, Principal who, String etag, byte[] json, String stream) {
        shared.addClosedHeaders(ctx.response(), who, stream);
        return send(ctx, etag, json);
    }

    private static Future<Void> send(RoutingContext ctx, String etag, byte[] json) {
        HttpServerResponse response = ctx.response().putHeader(HttpHeaders.ETAG, etag);
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
