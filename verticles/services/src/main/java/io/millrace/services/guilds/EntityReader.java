package io.millrace.services.guilds;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Reads entities over Millrace's HTTP, past its caches: what is kept here must not begin old. Safe from any thread. */
final class EntityReader {
    private static final int CONNECTIONS = 8;
    private static final int WAITING = 1_000;
    /** Shorter than a handler may take to answer ({@code router.handler.timeout}). */
    private static final long READ_MS = 400;

    private static final long PAGE_MS = 5_000;
    private static final int PAGE = 1_000;

    private final HttpClient client;
    private final String http;
    private final Supplier<String> token;

    /**
     * @param http {@code http://host:port}
     * @param token asked for each request, so that it may be renewed
     */
    EntityReader(Vertx vertx, String http, Supplier<String> token) {
        this.client = vertx.createHttpClient(
                new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
        this.http = http;
        this.token = token;
    }

    /** The state of an entity; empty if there is none. */
    Future<JsonObject> read(EntityKey key) {
        return get(READ_MS, "/api/entities/" + encoded(key.kind()) + "/" + encoded(key.id()), key.stream(), "")
                .map(answer -> answer.getJsonObject("state", new JsonObject()));
    }

    /**
     * The entities of a kind in a stream, in the order of their ids, each with its {@code id} and {@code state}.
     *
     * @param most how many at most, in whole pages
     */
    Future<List<JsonObject>> list(String kind, String stream, int most) {
        return page(kind, stream, "", most, new ArrayList<>());
    }

    private Future<List<JsonObject>> page(String kind, String stream, String after, int most, List<JsonObject> found) {
        String from = after.isEmpty() ? "" : "&after=" + encoded(after);
        return get(PAGE_MS, "/api/entities/" + encoded(kind), stream, "&limit=" + Math.min(PAGE, most) + from)
                .compose(answer -> {
                    answer.getJsonArray("entities", new JsonArray()).forEach(one -> found.add((JsonObject) one));
                    String next = answer.getString("next", "");
                    return next.isEmpty() || found.size() >= most
                            ? Future.succeededFuture(found)
                            : page(kind, stream, next, most, found);
                });
    }

    /** The answer; empty if there is nothing. */
    private Future<JsonObject> get(long timeoutMs, String path, String stream, String more) {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(http + path + "?stream=" + encoded(stream) + more)
                .setTimeout(timeoutMs)
                .putHeader("authorization", "Bearer " + token.get())
                .putHeader("cache-control", "no-cache");
        return client.request(options).compose((HttpClientRequest request) -> request.send()
                .compose(response -> response.body().compose(body -> switch (response.statusCode()) {
                    case 200 -> Future.succeededFuture(body.toJsonObject());
                    case 404 -> Future.succeededFuture(new JsonObject());
                    default ->
                        Future.failedFuture(new IllegalStateException(path + " was answered " + response.statusCode()));
                })));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    Future<Void> close() {
        return client.close();
    }
}
