package io.millrace.testkit.client;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Millrace over HTTP, as one person or service. Safe from any thread. */
public final class ApiClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final int PAGE = 1_000;
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final URI base;
    private final @Nullable String token;

    /**
     * @param token null for nobody
     */
    public ApiClient(URI base, @Nullable String token) {
        this.base = base;
        this.token = token;
    }

    /** An event as a sender writes it. */
    public static JsonObject event(String id, String type, JsonObject data) {
        return new JsonObject().put("id", id).put("type", type).put("data", data);
    }

    public ApiResponse post(JsonObject event) {
        return post("application/json", event.encode());
    }

    public ApiResponse post(List<JsonObject> events) {
        return post("application/json", new JsonArray(events).encode());
    }

    /**
     * @param headers names and values in turn
     */
    public ApiResponse post(String contentType, String body, String... headers) {
        return send(posting(contentType, body, headers));
    }

    /** Without waiting; fails if the server can't be reached or dies meanwhile. */
    public CompletableFuture<ApiResponse> postLater(JsonObject event) {
        return HTTP.sendAsync(posting("application/json", event.encode()), HttpResponse.BodyHandlers.ofString())
                .thenApply(ApiResponse::of);
    }

    private HttpRequest posting(String contentType, String body, String... headers) {
        HttpRequest.Builder request =
                request("/api/events").header("Content-Type", contentType).POST(BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.build();
    }

    /**
     * @param headers names and values in turn
     */
    public ApiResponse entity(String kind, String id, String... headers) {
        return get("/api/entities/" + kind + "/" + id, headers);
    }

    /** One page of a stream's history. */
    public ApiResponse history(String stream, @Nullable String after, int limit) {
        String from = after == null ? "" : "&after=" + URLEncoder.encode(after, StandardCharsets.UTF_8);
        return get("/api/streams/" + stream + "/events?limit=" + limit + from);
    }

    /** A stream's newest position. */
    public String head(String stream) {
        return get("/api/streams/" + stream + "/events?last=1").json().getString("next");
    }

    /** Everything after a position, page by page, in the words in which it was delivered. */
    public List<JsonObject> historyAfter(String stream, String after) {
        List<JsonObject> events = new ArrayList<>();
        String next = after;
        while (true) {
            ApiResponse answer = history(stream, next, PAGE);
            if (answer.status() != 200) {
                throw new IllegalStateException("history of " + stream + " after " + next + ": " + answer);
            }
            JsonArray page = answer.json().getJsonArray("events");
            page.forEach(event -> events.add((JsonObject) event));
            String reached = answer.json().getString("next");
            if (reached.equals(next)) {
                return events;
            }
            next = reached;
        }
    }

    /**
     * @param headers names and values in turn
     */
    public ApiResponse get(String path, String... headers) {
        HttpRequest.Builder request = request(path).GET();
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    /** Any other request with a body. */
    public ApiResponse ask(String method, String path, JsonObject body) {
        return ask(method, path, body.encode());
    }

    /** As above, with a body that need not be JSON. */
    public ApiResponse ask(String method, String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path)).timeout(TIMEOUT);
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private static ApiResponse send(HttpRequest request) {
        try {
            return ApiResponse.of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException problem) {
            throw new UncheckedIOException(request.method() + " " + request.uri(), problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
