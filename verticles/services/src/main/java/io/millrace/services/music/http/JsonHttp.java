package io.millrace.services.music.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Requests with JSON to one server. Safe from any thread. */
public final class JsonHttp {
    private static final int CONNECTIONS = 32;
    private static final int WAITING = 1_000;
    private static final int CONNECT_MS = 2_000;
    private static final int LATE_STATUS = 429;
    private static final int SERVER_ERROR = 500;
    private static final int ATTEMPTS = 4;
    private static final long FIRST_WAIT_MS = 100;
    private static final long LONGEST_WAIT_MS = 5_000;

    private final Vertx vertx;
    private final HttpClient client;
    private final String base;
    private final Map<String, String> headers;
    private final long timeoutMs;

    /**
     * @param base {@code http://host:port/path}, without a slash at its end
     * @param headers of every request
     * @param timeoutMs how long a request may wait for a connection, and for its answer, ms
     */
    public JsonHttp(Vertx vertx, String base, Map<String, String> headers, long timeoutMs) {
        this.vertx = vertx;
        this.base = base;
        this.headers = headers;
        this.timeoutMs = timeoutMs;
        this.client = vertx.createHttpClient(
                new HttpClientOptions().setConnectTimeout(CONNECT_MS),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
    }

    /**
     * What a server answered.
     *
     * @param body empty if it is no JSON object
     */
    public record Answer(int status, JsonObject body) {
        public boolean ok() {
            return status >= 200 && status < 300;
        }
    }

    /**
     * Sends a request, again if the server asks for patience (429) or has a fault (5xx). Fails if it can't be reached, or still
     * has a fault after the last attempt; any other status is an answer.
     */
    public Future<Answer> call(HttpMethod method, String path, @Nullable JsonObject body) {
        return call(method, path, body, 0);
    }

    private Future<Answer> call(HttpMethod method, String path, @Nullable JsonObject body, int attempt) {
        return once(method, path, body).compose(answer -> {
            boolean later = answer.status() == LATE_STATUS || answer.status() >= SERVER_ERROR;
            if (!later) {
                return Future.succeededFuture(answer);
            }
            if (attempt + 1 == ATTEMPTS) {
                return Future.failedFuture(new IllegalStateException(
                        method + " " + base + " was answered " + answer.status() + " " + ATTEMPTS + " times"));
            }
            double told = answer.body().getDouble("retry_after", 0.0) * 1e3;
            long wait = Math.min(LONGEST_WAIT_MS, Math.max((long) told, FIRST_WAIT_MS << attempt));
            return vertx.timer(wait, TimeUnit.MILLISECONDS).compose(again -> call(method, path, body, attempt + 1));
        });
    }

    private Future<Answer> once(HttpMethod method, String path, @Nullable JsonObject body) {
        // Behind this time the request is reset: its connection is no longer one of the pool.
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(base + path)
                .setTimeout(timeoutMs);
        headers.forEach(options::putHeader);
        Buffer content = body == null ? Buffer.buffer() : body.toBuffer();
        if (body != null) {
            options.putHeader("content-type", "application/json");
        }
        // The body is asked for on the event loop of the answer: later it is empty
        // (findings/vertx-late-body-is-empty.sh).
        return client.request(options).compose((HttpClientRequest request) -> request.send(content)
                .compose(response -> response.body().map(bytes -> new Answer(response.statusCode(), object(bytes)))));
    }

    private static JsonObject object(Buffer bytes) {
        try {
            return bytes.length() > 0 && Json.decodeValue(bytes) instanceof JsonObject json ? json : new JsonObject();
        } catch (DecodeException noJson) {
            return new JsonObject();
        }
    }

    public Future<Void> close() {
        return client.close();
    }
}
