package io.millrace.platform.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
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
}
