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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What each policy gives a client that stops reading for a while; others go on meanwhile. */
@Tag("slow")
@Timeout(60)
@Isolated("It compares times.")
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
        assertEquals(1, front.closed("4503"));
    }

    /** Event by event in turns with a node that has no such clients, so that a busy machine disturbs both alike. */
    @Test
    void thirtyThatReadNothingDelayNoOther() throws Exception {
        try (BroadcastFixture quiet = new BroadcastFixture("buffer.max", "64KiB", "slow.timeout", "30s")) {
            for (int i = 0; i < 30; i++) {
                sleeper(List.of("wait", "drop", "conflate").get(i % 3));
            }
            String text = "x".repeat(BYTES);
            for (int i = 0; i < 100; i++) {
                front.store.change("o-" + i % 4, "{\"remarks\":\"" + text + "\"}");
            }
            await().until(() -> front.counter("millrace.broadcast.slow.consumers") >= 20);
            Delivery beside = new Delivery(front);
            Delivery alone = new Delivery(quiet);
            for (int i = 0; i < 500; i++) {
                front.store.change("o-" + i % 4, "{\"remarks\":\"" + text + "\"}");
                quiet.store.change("o-" + i % 4, "{\"remarks\":\"" + text + "\"}");
                beside.awaitOne();
                alone.awaitOne();
                beside.deliverOne();
                alone.deliverOne();
            }
            double ratio = (double) beside.p99() / alone.p99();
            System.out.printf(
                    "SlowConsumerTest: p99 beside 30 that read nothing %d us, alone %d us, %.2f times%n",
                    beside.p99() / 1_000, alone.p99() / 1_000, ratio);
            assertTrue(beside.p99() < 3 * alone.p99() + 5_000_000, "times as slow: " + ratio);
        }
    }

    /** One subscriber, and the time from an event's commit until it has it. */
    private static final class Delivery {
        private final BroadcastFixture node;
        private final Semaphore delivered = new Semaphore(0);
        private final List<Long> nanos = new ArrayList<>();

        Delivery(BroadcastFixture node) throws Exception {
            this.node = node;
            CompletableFuture<Void> subscribed = new CompletableFuture<>();
            WebSocket socket = BroadcastFixture.done(
                    node.client(new WebSocketClientOptions()).connect(options(node, "reader")));
            socket.textMessageHandler(frame -> {
                if (frame.contains("\"subscribed\"")) {
                    subscribed.complete(null);
                }
                delivered.release((int) frame.lines()
                        .filter(line -> line.contains("\"priority\""))
                        .count());
            });
            BroadcastFixture.done(socket.writeTextMessage(subscribe("drop")));
            subscribed.get(10, TimeUnit.SECONDS);
        }

        void deliverOne() throws Exception {
            long began = System.nanoTime();
            node.store.change("o-9", "{\"remarks\":\"small\"}");
            awaitOne();
            nanos.add(System.nanoTime() - began);
        }

        void awaitOne() throws Exception {
            assertTrue(delivered.tryAcquire(10, TimeUnit.SECONDS), "delivered");
        }

        long p99() {
            return nanos.stream().sorted().toList().get(nanos.size() * 99 / 100);
        }
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
        WebSocket socket = BroadcastFixture.done(front.client(new WebSocketClientOptions()
                        .setMaxFrameSize(1 << 20)
                        .setMaxMessageSize(1 << 22)
                        .setReceiveBufferSize(16_384))
                .connect(options(front, "s-1")));
        socket.textMessageHandler(frame -> frame.lines().map(JsonObject::new).forEach(got::add));
        int before = subscribed();
        BroadcastFixture.done(socket.writeTextMessage(subscribe(policy)));
        await().until(() -> subscribed() > before);
        socket.pause();
        return socket;
    }

    private static WebSocketConnectOptions options(BroadcastFixture node, String user) {
        return new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(node.uri.getPort())
                .setURI("/api/ws")
                .addHeader("Authorization", "Bearer " + node.token(user, "staff"));
    }

    private static String subscribe(String policy) {
        return new JsonObject()
                .put("type", "subscribe")
                .put("stream", StreamStore.STREAM)
                .put("slow", policy)
                .encode();
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

    private int subscribed() {
        return (int) got.stream()
                .filter(message -> message.getString("type").equals("subscribed"))
                .count();
    }
}
