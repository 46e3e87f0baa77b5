package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What each policy gives a client that stops reading for a while; others go on meanwhile. */
@Tag("slow")
@Timeout(60)
class SlowConsumerTest {
    private static final int EVENTS = 400;
    private static final int BYTES = 20_000;

    private final BroadcastFixture front = new BroadcastFixture("buffer.max", "64KiB", "slow.timeout", "30s");
    private final List<JsonObject> got = new CopyOnWriteArrayList<>();

    SlowConsumerTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void dropSendsAGapAndContinuesAtTheHead() throws Exception {
        WebSocket slow = sleeper("drop");
        write();
        slow.resume();
        await().until(() -> offsets().contains((long) EVENTS) || !gaps().isEmpty());
        front.store.commit(1);
        await().until(() -> offsets().contains(EVENTS + 1L));
        List<Long> missing = gaps();
        List<Long> all =
                Stream.concat(offsets().stream(), missing.stream()).sorted().toList();
        assertEquals(LongStream.rangeClosed(1, EVENTS + 1L).boxed().toList(), all);
        assertEquals(missing.size(), (long) front.counter("millrace.broadcast.dropped"));
        assertFalse(missing.isEmpty());
        BroadcastFixture.done(slow.close());
    }

    @Test
    void conflateSendsTheNewestOfEachEntity() throws Exception {
        WebSocket slow = sleeper("conflate");
        write();
        slow.resume();
        await().until(() -> offsets().contains((long) EVENTS));
        List<Long> offsets = offsets();
        assertEquals(offsets.stream().sorted().distinct().toList(), offsets);
        assertTrue(offsets.size() < EVENTS, "everything came");
        assertTrue(front.counter("millrace.broadcast.conflated") > 0);
        // Of each of the four the last.
        assertTrue(offsets.containsAll(List.of(EVENTS - 3L, EVENTS - 2L, EVENTS - 1L, (long) EVENTS)));
        BroadcastFixture.done(slow.close());
    }

    @Test
    void disconnectClosesTheConnection() throws Exception {
        sleeper("disconnect");
        write();
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    /** While a client that reads takes part, and sees everything. */
    private void write() throws Exception {
        try (SocketClient quick = front.connect("s-2", "staff")) {
            StreamLog all = quick.subscribe(StreamStore.STREAM);
            String text = "x".repeat(BYTES);
            for (int i = 1; i <= EVENTS; i++) {
                front.store.change("o-" + i % 4, "{\"remarks\":\"" + text + "\"}");
            }
            await().until(() -> all.ids().size() == EVENTS);
            assertEquals(List.of(), all.faults());
        }
        await().until(() -> front.gauge("millrace.broadcast.connections") <= 1);
    }

    /** Subscribed with that policy, and reading nothing. */
    private WebSocket sleeper(String policy) throws Exception {
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(front.uri.getPort())
                .setURI("/api/ws")
                .addHeader("Authorization", "Bearer " + front.token("s-1", "staff"));
        WebSocket socket = BroadcastFixture.done(front.client(new WebSocketClientOptions()
                        .setMaxFrameSize(1 << 20)
                        .setMaxMessageSize(1 << 22)
                        .setReceiveBufferSize(16_384))
                .connect(options));
        socket.textMessageHandler(frame -> frame.lines().map(JsonObject::new).forEach(got::add));
        BroadcastFixture.done(socket.writeTextMessage(new JsonObject()
                .put("type", "subscribe")
                .put("stream", StreamStore.STREAM)
                .put("slow", policy)
                .encode()));
        await().until(() -> first("subscribed") != null);
        socket.pause();
        return socket;
    }

    /** The gaps that the client was sent. */
    private List<Long> gaps() {
        return got.stream()
                .filter(message -> message.getString("type").equals("gap"))
                .flatMap(gap -> LongStream.rangeClosed(offset(gap.getString("from")), offset(gap.getString("to")))
                        .boxed())
                .toList();
    }

    private List<Long> offsets() {
        return got.stream()
                .filter(message -> message.containsKey("priority"))
                .map(message -> offset(message.getString("position")))
                .toList();
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    private @Nullable JsonObject first(String type) {
        return got.stream()
                .filter(message -> message.getString("type").equals(type))
                .findFirst()
                .orElse(null);
    }
}
