package io.millrace.broadcast.limit;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.testkit.client.SocketClient;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many connections one user, or one address, may have at the same time, whatever their transports. */
@Timeout(60)
class OpenConnectionsTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void theConnectionsOfAUserOnAllTransportsAreLimitedTogether() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.user", "2")) {
            String anna = front.token("anna", "staff");
            SocketClient socket = front.connect("anna", "staff");
            HttpResponse<InputStream> stream = get(front, "/api/sse?stream=orders", anna);
            assertEquals(200, stream.statusCode());
            await().until(() -> refusal(front, "/api/sse?stream=orders", anna) == 429);
            assertEquals(429, refusal(front, "/api/ws", anna));
            for (String path : new String[] {"/api/sse?stream=orders", "/api/poll?stream=orders"}) {
                HttpResponse<InputStream> refused = get(front, path, anna);
                assertEquals(429, refused.statusCode(), path);
                assertEquals("5", refused.headers().firstValue("Retry-After").orElseThrow(), path);
                JsonObject problem = new JsonObject(new String(refused.body().readAllBytes()));
                assertEquals("rate_limited", problem.getString("code"));
                assertTrue(problem.getString("detail").contains("broadcast.connections.user"), problem::encode);
            }
            assertTrue(front.refusedConnections("user") >= 4);
            // Other users, and clients without a token, have places of their own.
            assertEquals(200, refusal(front, "/api/poll?stream=orders", front.token("bert", "staff")));
            assertTrue(429 != refusal(front, "/api/poll?stream=orders", null));
            stream.body().close();
            await().until(() -> refusal(front, "/api/poll?stream=orders", anna) == 200);
            socket.close();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
        }
    }

    @Test
    void aUserKnownOnlyAfterTheUpgradeIsRefusedAtItsAuthAndTheOthersGoOn() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.user", "1");
                SocketClient first = front.connect("anna", "staff");
                SocketClient second = SocketClient.open(front.uri, null)) {
            second.send(auth(front));
            await().until(() -> !second.isOpen());
            assertEquals(4429, second.closeCode());
            JsonObject error = Objects.requireNonNull(second.last("error"));
            assertEquals("rate_limited", error.getString("code"));
            assertEquals(5_000, error.getInteger("retryAfter"));
            // The same user's renewal takes no second place.
            first.send(auth(front));
            first.send("{\"type\":\"ping\"}");
            await().until(() -> first.last("pong") != null);
            assertTrue(first.isOpen());
            assertEquals(1, front.refusedConnections("user"));
            first.close();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            try (SocketClient next = SocketClient.open(front.uri, null)) {
                next.send(auth(front));
                next.send("{\"type\":\"ping\"}");
                await().until(() -> next.last("pong") != null);
            }
        }
    }

    @Test
    void aUserOfTheBridgeIsRefusedAtItsFirstMessageWithAToken() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.user", "1");
                SocketClient first = front.connect("anna", "staff")) {
            CompletableFuture<Integer> closed = new CompletableFuture<>();
            WebSocket bridge = bridge(front, closed);
            String register = new JsonObject()
                    .put("type", "register")
                    .put("address", "stream.orders")
                    .put("headers", new JsonObject().put("authorization", "Bearer " + front.token("anna", "staff")))
                    .encode();
            bridge.sendText(register, true).join();
            assertEquals(4429, closed.get(20, TimeUnit.SECONDS));
            assertTrue(first.isOpen());
        }
    }

    @Test
    void theConnectionsOfAnAddressAreLimitedWithATokenOrWithout() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.address", "2", "http.proxies", "127.0.0.1")) {
            SocketClient socket = front.connect("anna", "staff");
            WebSocket bridge = bridge(front, new CompletableFuture<>());
            await().until(() -> front.gauge("millrace.broadcast.connections") == 2);
            for (@Nullable String token : new @Nullable String[] {null, front.token("bert", "staff")}) {
                for (String path : new String[] {"/api/sse?stream=orders", "/api/poll?stream=orders", "/api/ws"}) {
                    assertEquals(429, refusal(front, path, token), path);
                }
            }
            assertEquals(429, opened(front, "one").statusCode());
            assertTrue(front.refusedConnections("address") >= 7);
            HttpResponse<InputStream> elsewhere = get(
                    front, "/api/poll?stream=orders", front.token("bert", "staff"), "X-Forwarded-For", "203.0.113.1");
            assertEquals(200, elsewhere.statusCode());
            socket.close();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 1);
            // A session of SockJS over HTTP takes the place.
            assertEquals(200, opened(front, "two").statusCode());
            assertEquals(429, opened(front, "three").statusCode());
            assertFalse(bridge.isInputClosed());
            bridge.abort();
        }
    }

    @Test
    void aFullNodeRefusesEveryTransportUntilOneCloses() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.max", "1")) {
            String bert = front.token("bert", "staff");
            SocketClient first = front.connect("anna", "staff");
            assertEquals(503, refusal(front, "/api/ws", bert));
            assertEquals(503, opened(front, "one").statusCode());
            for (String path : new String[] {"/api/sse?stream=orders", "/api/poll?stream=orders"}) {
                HttpResponse<InputStream> refused = get(front, path, bert);
                assertEquals(503, refused.statusCode(), path);
                assertTrue(refused.headers().firstValueAsLong("Retry-After").orElseThrow() > 0, path);
                assertEquals(
                        "overloaded", new JsonObject(new String(refused.body().readAllBytes())).getString("code"));
            }
            assertEquals(4, front.refusedConnections("full"));
            first.send("{\"type\":\"ping\"}");
            await().until(() -> first.last("pong") != null);
            first.close();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            assertEquals(200, opened(front, "two").statusCode());
        }
    }

    private static String auth(BroadcastFixture front) {
        return new JsonObject()
                .put("type", "auth")
                .put("token", front.token("anna", "staff"))
                .encode();
    }

    private static WebSocket bridge(BroadcastFixture front, CompletableFuture<Integer> closed) {
        return HTTP.newWebSocketBuilder()
                .buildAsync(
                        URI.create("ws://" + front.uri.getAuthority() + "/eventbus/websocket"),
                        new WebSocket.Listener() {
                            @Override
                            public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                                closed.complete(code);
                                return null;
                            }
                        })
                .join();
    }

    /** Opens a session of SockJS by its first response. */
    private static HttpResponse<String> opened(BroadcastFixture front, String session) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(
                                URI.create("http://" + front.uri.getAuthority() + "/eventbus/000/" + session + "/xhr"))
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The status; that of an upgrade which is refused. */
    private static int refusal(BroadcastFixture front, String path, @Nullable String token) throws Exception {
        if (path.equals("/api/ws")) {
            WebSocket.Builder socket = HTTP.newWebSocketBuilder();
            if (token != null) {
                socket.header("Authorization", "Bearer " + token);
            }
            URI uri = URI.create("ws://" + front.uri.getAuthority() + path);
            return assertInstanceOf(
                            WebSocketHandshakeException.class,
                            assertThrows(CompletionException.class, () -> socket.buildAsync(
                                                    uri, new WebSocket.Listener() {})
                                            .join())
                                    .getCause())
                    .getResponse()
                    .statusCode();
        }
        HttpResponse<InputStream> answer = get(front, path, token);
        answer.body().close();
        return answer.statusCode();
    }

    /** The head of the answer, and a body that may be endless. */
    private static HttpResponse<InputStream> get(
            BroadcastFixture front, String path, @Nullable String token, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + front.uri.getAuthority() + path));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }
}
