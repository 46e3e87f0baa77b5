package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The limits of one client, and what happens to that client alone beyond them. */
@Timeout(60)
class LimitsTest {
    static final int EVENT_BYTES = 20_000;

    @Test
    void aClientThatReadsNothingForTooLongIsDisconnected() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("buffer.max", "64KiB", "slow.timeout", "1s");
                SocketClient quick = front.connect("s-1", "staff")) {
            StreamLog all = quick.subscribe(STREAM);
            WebSocket socket = subscribe(front, new CopyOnWriteArrayList<>());
            socket.pause();
            for (int i = 0; i < 1_000; i++) {
                front.store.commit("nobody", EVENT_BYTES);
            }
            await().until(() -> front.gauge("millrace.broadcast.connections") == 1);
            await().until(() -> all.ids().size() == 1_000);
            assertEquals(List.of(), all.faults());
            // Else it would not notice that it was cut, and be waited for.
            socket.resume();
        }
    }

    @Test
    void tooManyMessagesAreRefusedAndThenEndTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("message.rate", "5");
                SocketClient client = front.connect("s-1", "staff")) {
            for (int i = 0; i < 6; i++) {
                client.send("{\"type\":\"ping\"}");
            }
            await().until(() -> client.last("error") != null);
            JsonObject error = Objects.requireNonNull(client.last("error"));
            assertEquals("rate_limited", error.getString("code"));
            // The rest of the minute.
            int after = error.getInteger("retryAfter");
            assertTrue(after > 30_000 && after <= 60_000, error::encode);
            assertTrue(client.isOpen());
            for (int i = 0; i < 10; i++) {
                client.send("{\"type\":\"ping\"}");
            }
            assertEquals(4429, client.closeCode());
            assertEquals(1, front.closed("4429"));
        }
    }

    @Test
    void tooManyRefusedRequestsEndTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                SocketClient client = front.connect("x", "public")) {
            for (int i = 0; i < 50; i++) {
                client.send("{\"type\":\"subscribe\",\"stream\":\"orders\"}");
            }
            await().until(() -> count(client, "permission_denied") == 50);
            assertTrue(client.isOpen());
            client.send("{\"type\":\"subscribe\",\"stream\":\"orders\"}");
            assertEquals(1008, client.closeCode());
            assertEquals(1, front.closed("1008"));
        }
    }

    @Test
    void theThirdUnreadableMessageEndsTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                SocketClient client = front.connect("s-1", "staff")) {
            client.send("{not JSON");
            client.send("{\"type\":\"subscribe\",\"stream\":\"orders\",\"filter\":{\"data.a\":{\"matches\":\"x\"}}}");
            await().until(() -> count(client, "bad_message") == 2);
            assertTrue(client.isOpen());
            client.send("{\"type\":\"sing\"}");
            assertEquals(4400, client.closeCode());
        }
    }

    @Test
    void theThirdUnreadableMessageOfTheBridgeEndsTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            WebSocketConnectOptions bridge = new WebSocketConnectOptions()
                    .setAbsoluteURI(
                            front.uri.resolve("/eventbus/websocket").toString().replaceFirst("^http", "ws"));
            WebSocket socket = BroadcastFixture.done(
                    front.client(new WebSocketClientOptions()).connect(bridge));
            Promise<Void> closed = Promise.promise();
            socket.closeHandler(closed::complete);
            for (int i = 0; i < 3; i++) {
                BroadcastFixture.done(
                        socket.writeTextMessage("{\"type\":\"register\",\"address\":\"stream.orders\",\"headers\":{"
                                + "\"authorization\":\"Bearer " + front.token("s-1", "staff")
                                + "\",\"filter\":\"{(a+)+$\"}}"));
            }
            BroadcastFixture.done(closed.future());
            assertEquals((short) 4400, socket.closeStatusCode());
        }
    }

    private static long count(SocketClient client, String code) {
        return client.others().stream()
                .filter(message -> code.equals(message.getString("code")))
                .count();
    }

    @Test
    void aSubscriptionTooManyIsRefusedUntilAnotherEnds() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("subscriptions.max", "2");
                SocketClient client = front.connect("s-1", "staff")) {
            for (String stream : List.of("orders", "room:1", "room:2")) {
                client.send("{\"type\":\"subscribe\",\"stream\":\"" + stream + "\"}");
            }
            await().until(() -> client.last("error") != null);
            JsonObject error = Objects.requireNonNull(client.last("error"));
            assertEquals("rate_limited", error.getString("code"));
            assertTrue(error.getInteger("retryAfter") > 0, error::encode);
            assertEquals(1, front.refused("rate_limited"));
            client.send("{\"type\":\"unsubscribe\",\"stream\":\"room:1\"}");
            client.send("{\"type\":\"subscribe\",\"stream\":\"room:2\"}");
            await().until(() -> {
                JsonObject subscribed = client.last("subscribed");
                return subscribed != null && "room:2".equals(subscribed.getString("stream"));
            });
        }
    }

    @Test
    void aMessageOfMoreThanAMebibyteEndsTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                SocketClient client = front.connect("s-1", "staff")) {
            client.send("{\"type\":\"ping\",\"filler\":\"" + "x".repeat(1 << 20) + "\"}");
            assertEquals(1009, client.closeCode());
        }
    }

    @Test
    void anExpiredTokenAndABadOneAreRefused() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                SocketClient client = SocketClient.open(front.uri, null)) {
            client.send("{\"type\":\"auth\",\"token\":\"no token\"}");
            assertEquals(4401, client.closeCode());
            assertEquals(
                    "unauthenticated",
                    Objects.requireNonNull(client.last("error")).getString("code"));
        }
    }

    /** Follows the stream with a client whose kernel takes little for it; the ids of what it gets go to {@code ids}. */
    static WebSocket subscribe(BroadcastFixture front, List<String> ids) throws Exception {
        WebSocketClientOptions options = new WebSocketClientOptions()
                .setReceiveBufferSize(64 << 10)
                .setMaxFrameSize(8 << 20)
                .setMaxMessageSize(8 << 20);
        WebSocket socket = BroadcastFixture.done(front.client(options).connect(options(front, "s-2")));
        Promise<Void> subscribed = Promise.promise();
        socket.textMessageHandler(text -> text.lines().map(JsonObject::new).forEach(message -> {
            if (message.containsKey("data")) {
                ids.add(message.getJsonObject("data").getString("id"));
            } else if ("subscribed".equals(message.getString("type"))) {
                subscribed.tryComplete();
            }
        }));
        BroadcastFixture.done(socket.writeTextMessage("{\"type\":\"subscribe\",\"stream\":\"orders\"}"));
        BroadcastFixture.done(subscribed.future());
        return socket;
    }

    private static WebSocketConnectOptions options(BroadcastFixture front, String user) {
        return new WebSocketConnectOptions()
                .setAbsoluteURI(front.uri.toString().replaceFirst("^http", "ws"))
                .addHeader("Authorization", "Bearer " + front.token(user, "staff"));
    }
}
