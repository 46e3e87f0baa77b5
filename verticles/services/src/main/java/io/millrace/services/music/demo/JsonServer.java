package io.millrace.services.music.demo;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What both stand-ins do as servers of JSON. */
final class JsonServer {
    private JsonServer() {}

    static void answer(HttpServerRequest request, int status, @Nullable JsonObject body) {
        var unused = body == null
                ? request.response().setStatusCode(status).end()
                : request.response()
                        .setStatusCode(status)
                        .putHeader("content-type", "application/json")
                        .end(body.encode());
    }

    /** Blocks until the future is complete; fails with its failure. */
    static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
