package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A connection to a front with a stream, which authenticates, and does so again with another token. */
abstract class RenewedConnection {
    static final int EVENT_BYTES = 20_000;

    final BroadcastFixture front =
            new BroadcastFixture("message.rate", "100000", "buffer.max", "64KiB", "recent.events", "10");
    final List<JsonObject> got = new CopyOnWriteArrayList<>();

    @Nullable
    WebSocket socket;

    RenewedConnection() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    void change(String order, String owner, int total) {
        front.store.change("order:created", order, owner, "{\"customerId\":\"" + owner + "\",\"total\":" + total + "}");
    }

    /** Commits until the client takes no more. */
    void fillSocket(String owner) {
        boolean full = false;
        for (int i = 0; i < 100 && !full; i++) {
            double wanted = front.counter("millrace.broadcast.deliveries") + 20;
            for (int j = 0; j < 20; j++) {
                front.store.commit(owner, EVENT_BYTES);
            }
            full = !comesSoon(() -> front.counter("millrace.broadcast.deliveries") >= wanted);
        }
        assertTrue(full, "the client reads");
    }

    static boolean comesSoon(Callable<Boolean> fact) {
        try {
            await().atMost(Duration.ofMillis(700)).until(fact);
            return true;
        } catch (ConditionTimeoutException never) {
            return false;
        }
    }

    WebSocket socket() {
        return Objects.requireNonNull(socket);
    }

    void connect(String user, String... roles) throws Exception {
        connect(user, new JsonObject(), roles);
    }

    void connect(String user, JsonObject claims, String... roles) throws Exception {
        ClientWebSocket opened = front.client(new WebSocketClientOptions()
                        .setMaxFrameSize(1 << 20)
                        .setMaxMessageSize(1 << 22)
                        .setReceiveBufferSize(16_384))
                .webSocket();
        opened.textMessageHandler(frame -> frame.lines().map(JsonObject::new).forEach(got::add));
        socket = BroadcastFixture.done(opened.connect(new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(front.uri.getPort())
                .setURI("/api/ws")
                .addHeader("Authorization", "Bearer " + front.token(user, claims, roles))));
        await().until(() -> all("welcome").size() == 1);
    }

    /** By another token of a user; returns when that has taken effect. */
    void renew(String user, String... roles) throws Exception {
        int before = all("welcome").size();
        int subscribed = all("subscribed").size();
        send(new JsonObject().put("type", "auth").put("token", front.token(user, new JsonObject(), roles)));
        await().until(() -> all("welcome").size() == before + 1);
        send(new JsonObject().put("type", "ping").put("id", "renewed " + before));
        await().until(() -> all("pong").stream().anyMatch(pong -> ("renewed " + before).equals(pong.getValue("id"))));
        if (subscribed > 0
                && !List.of(roles).contains("public")
                && !List.of(roles).contains("staff")) {
            await().until(() -> all("subscribed").size() > subscribed);
        }
    }

    void subscribe(JsonObject options) throws Exception {
        int before = all("subscribed").size();
        send(subscription(options));
        await().until(() -> all("subscribed").size() > before);
    }

    void subscribe(String stream) throws Exception {
        int before = all("subscribed").size();
        send(new JsonObject().put("type", "subscribe").put("stream", stream));
        await().until(() -> all("subscribed").size() > before);
    }

    static JsonObject subscription(JsonObject options) {
        return options.copy().put("type", "subscribe").put("stream", STREAM);
    }

    void send(JsonObject message) throws Exception {
        BroadcastFixture.done(socket().writeTextMessage(message.encode()));
    }

    List<JsonObject> all(String type) {
        return got.stream()
                .filter(message -> type.equals(message.getString("type")))
                .toList();
    }

    List<JsonObject> events() {
        return got.stream()
                .filter(message -> message.containsKey("priority") && STREAM.equals(message.getString("stream")))
                .toList();
    }

    List<String> ids() {
        return events().stream()
                .map(event -> event.getJsonObject("data").getString("id"))
                .toList();
    }
}
