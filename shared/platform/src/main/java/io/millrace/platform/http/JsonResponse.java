package io.millrace.platform.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** Answers in JSON. */
public final class JsonResponse {
    private JsonResponse() {}

    /** Sends what nobody may keep, the client neither. */
    public static Future<Void> sendUncached(RoutingContext ctx, int status, Buffer json) {
        return ctx.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store")
                .end(json);
    }

    /**
     * Adds a header of the request to those by which the answer varies, in one line: not every cache reads a second one.
     */
    public static HttpServerResponse vary(HttpServerResponse response, CharSequence header) {
        String others = response.headers().get(HttpHeaders.VARY);
        return response.putHeader(HttpHeaders.VARY, others == null ? header : others + ", " + header);
    }
}
