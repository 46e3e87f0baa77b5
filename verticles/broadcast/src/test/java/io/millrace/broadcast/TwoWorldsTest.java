package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two servers whose streams hold the same events of Anna's, and one of them others' as well. Whatever Anna is sent, on
 * whatever transport, is the same: that a position is equal to another one, too.
 */
@Tag("slow")
@Timeout(120)
class TwoWorldsTest {
    private static final Pattern SEALED = Pattern.compile("\"s\\.[A-Za-z0-9_-]{48}\"");
    /** More than memory keeps, and than a page of history holds. */
    private static final int MANY = 700;

    private final List<World> worlds = new ArrayList<>();

    private static final class World implements AutoCloseable {
        final BroadcastFixture front;
        final boolean crowded;
        private final Map<Transport, TransportListener> listeners = new EnumMap<>(Transport.class);
        private int others;

        World(boolean crowded, String... settings) throws Exception {
            this.front = new BroadcastFixture(settings);
            this.crowded = crowded;
        }

        void anna(String order) {
            front.store.change(order, "{\"customerId\":\"anna\",\"remarks\":\"" + order + "\"}");
        }

        void others(int count) {
            for (int i = 0; crowded && i < count; i++) {
                front.store.change("order:created", "b-" + others++ % 20, "bert", "{\"customerId\":\"bert\"}");
            }
        }

        void listen(Stream<Transport> transports, JsonObject options) {
            transports.forEach(transport -> listeners.put(
                    transport, transport.open(front.uri, front.token("anna", "customer"), options.copy())));
        }

        TransportListener listener(Transport transport) {
            return Objects.requireNonNull(listeners.get(transport));
        }

        void awaitAll(String type, int count) {
            listeners.forEach((transport, listener) -> await(transport.name())
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> listener.all(type).size() >= count));
        }

        void awaitEvents(int count) {
            listeners.forEach((transport, listener) ->
                    await(transport.name()).atMost(Duration.ofSeconds(30)).until(() -> listener.eventCount() >= count));
        }

        @Override
        public void close() {
            listeners.values().forEach(TransportListener::close);
            front.close();
        }
    }

    private void begin(String... settings) throws Exception {
        String[] all = Stream.concat(Stream.of("recent.events", "10"), Stream.of(settings))
                .toArray(String[]::new);
        worlds.add(new World(false, all));
        worlds.add(new World(true, all));
    }

    @AfterEach
    void end() {
        worlds.forEach(World::close);
    }

    @Test
    void whatIsLiveIsTheSame() throws Exception {
        begin("position.every", "1h");
        for (World world : worlds) {
            world.others(3);
            world.listen(Stream.of(Transport.values()), options());
            world.awaitAll("subscribed", 1);
            world.others(2);
            world.anna("o-1");
            world.others(30);
            world.anna("o-2");
            world.awaitEvents(2);
        }
        assertSame();
    }

    @Test
    void anEmptyStreamReadsLikeOneOfOtherUsers() throws Exception {
        begin("position.every", "1h");
        for (World world : worlds) {
            world.others(3);
            world.listen(Stream.of(Transport.values()), options());
            world.awaitAll("subscribed", 1);
        }
        assertSame();
    }

    @Test
    void aResumeGetsTheSame() throws Exception {
        begin("position.every", "1h");
        for (World world : worlds) {
            String position = firstOrder(world);
            for (int i = 0; i < 4; i++) {
                world.others(MANY);
                world.anna("o-" + i % 2);
            }
            world.others(1);
            world.listen(Stream.of(Transport.values()), options().put("after", position));
            world.awaitEvents(4);
            world.anna("o-last");
            world.awaitEvents(5);
        }
        assertSame();
    }

    /** An event from memory has more content than one from history, which would reveal how many events are in between. */
    @Test
    void aResumeGetsTheSameStatesAndRemovals() throws Exception {
        begin("position.every", "1h");
        JsonObject filter = new JsonObject().put("data.remarks", "open");
        for (World world : worlds) {
            String position = firstOrder(world);
            for (String remarks : List.of("open", "shut", "open", "shut")) {
                world.front.store.change("o-1", "{\"customerId\":\"anna\",\"remarks\":\"" + remarks + "\"}");
                world.others(5);
            }
            world.listen(
                    Stream.of(Transport.values()),
                    options().put("after", position).put("delta", true).put("filter", filter));
            world.front.store.change("o-2", "{\"customerId\":\"anna\",\"remarks\":\"open\"}");
            world.listeners.forEach(
                    (transport, listener) -> await(transport.name()).until(() -> listener.events().stream()
                            .anyMatch(event -> event.encode().contains("o-2"))));
        }
        assertSame();
    }

    @Test
    void theFramesOfHistoryAreTheSame() throws Exception {
        begin("position.every", "1h");
        List<List<Integer>> frames = new ArrayList<>();
        for (World world : worlds) {
            String position = firstOrder(world);
            for (int i = 0; i < 12; i++) {
                world.anna("o-1");
                world.others(MANY / 4);
            }
            frames.add(frames(world.front, position, 12));
        }
        assertEquals(frames.get(0), frames.get(1));
    }

    @Test
    void positionsAreSentByTheClockAndNotAtEvents() throws Exception {
        begin("position.every", "1s");
        for (World world : worlds) {
            world.listen(streaming(), options());
        }
        for (World world : worlds) {
            world.awaitAll("subscribed", 1);
            world.others(1);
            world.awaitAll("position", 2);
        }
        Stream.concat(worlds.stream(), worlds.stream()).forEach(world -> streaming()
                .forEach(transport -> assertEquals(
                        world.listener(transport).all("position").size(),
                        world.listener(transport).all("position").stream()
                                .distinct()
                                .count(),
                        "a position that reads the same tells that nothing came")));
    }

    @Test
    void aGapIsSentWhetherSomethingIsMissingOrNot() throws Exception {
        begin("position.every", "1h", "buffer.max", "64KiB", "slow.timeout", "60s");
        String remarks = "x".repeat(100_000);
        List<Transport> transports = List.of(Transport.WEBSOCKET, Transport.SSE, Transport.SSE_POSTED);
        for (World world : worlds) {
            for (int i = 0; i < 120; i++) {
                world.front.store.change("o-" + i, "{\"customerId\":\"anna\",\"remarks\":\"" + remarks + "\"}");
            }
            try (SocketClient staff = world.front.connect("s-1", "staff")) {
                var all = staff.subscribe(STREAM);
                world.listen(transports.stream(), options().put("state", true).put("slow", "drop"));
                world.listeners.values().forEach(TransportListener::pause);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> world.front.counter("millrace.broadcast.slow.consumers") == transports.size());
                world.others(3);
                int expected = world.crowded ? 3 : 0;
                await().until(() -> all.size() == expected);
                world.listeners.values().forEach(TransportListener::resume);
                world.awaitAll("gap", 1);
                world.anna("o-new");
                world.awaitEvents(1);
            }
        }
        assertSame();
    }

    @Test
    void theEntitiesAsTheyStandAreTheSame() throws Exception {
        begin("position.every", "1h", "state.max", "4");
        for (World world : worlds) {
            for (int i = 1; i <= 3; i++) {
                world.anna("o-" + i);
                world.others(4);
            }
            world.listen(streaming(), options().put("state", true));
            world.awaitAll("state", 1);
            assertEquals(
                    3,
                    Objects.requireNonNull(world.listener(Transport.SSE).first("state"))
                            .getJsonArray("entities")
                            .size());
        }
        assertSame();
    }

    @Test
    void aPollThatDoesNotWaitGetsWhatIsThereHoweverLongTheReadTakes() throws Exception {
        begin("position.every", "1h");
        List<String> answers = new ArrayList<>();
        try (TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5)) {
            for (World world : worlds) {
                String position = firstOrder(world);
                world.others(MANY);
                world.anna("o-2");
                Promise<Void> gate = Promise.promise();
                world.front.store.answersAfter(gate.future());
                Future<String> answer = client.http()
                        .request(new RequestOptions()
                                .setPort(world.front.uri.getPort())
                                .setURI("/api/poll?stream=orders&wait=0&after=" + position)
                                .putHeader("Authorization", "Bearer " + world.front.token("anna", "customer")))
                        .compose(request -> request.send().compose(HttpClientResponse::body))
                        .map(Object::toString);
                // Longer than it takes to answer what is in memory.
                world.front.vertx.setTimer(1_000, slow -> gate.complete());
                answers.add(BroadcastFixture.done(answer)
                        .replaceAll("\"s\\.[^\"]*\"", "sealed")
                        .replaceAll("\"(id|timestamp)\":\"[^\"]*\",", ""));
            }
        }
        assertTrue(answers.get(0).contains("o-2"), answers.get(0));
        assertEquals(answers.get(0), answers.get(1));
    }

    /** Else one who sees only what is theirs gets both where others began no round, and the second alone where they did. */
    @Test
    void whatIsPacedGoesOutByTheClockAndNotWhenSomethingCame() throws Exception {
        begin("position.every", "1h");
        BroadcastFixture front = worlds.get(0).front;
        boolean together = false;
        // The clock may tick between the two, but not each time.
        for (int tries = 0; tries < 5 && !together; tries++) {
            try (TransportListener anna = Transport.WEBSOCKET.open(
                    front.uri, front.token("anna", "customer"), options().put("rate", 1))) {
                await().until(() -> anna.first("subscribed") != null);
                worlds.get(0).anna("o-1");
                worlds.get(0).anna("o-1");
                String newest = front.store.last().event().id();
                await().until(() -> anna.ids().contains(newest));
                together = anna.eventCount() == 1;
            }
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
        }
        assertTrue(together);
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", STREAM);
    }

    private static Stream<Transport> streaming() {
        return Stream.of(Transport.values())
                .filter(transport -> transport != Transport.POLL && transport != Transport.POLL_POSTED);
    }

    /** Anna's first event, and its position as she reads it. */
    private static String firstOrder(World world) throws Exception {
        try (SocketClient anna = world.front.connect("anna", "customer")) {
            var log = anna.subscribe(STREAM);
            world.anna("o-first");
            await().until(() -> log.size() == 1);
            return Objects.requireNonNull(log.position());
        }
    }

    /** How many messages each frame held of the events after a position. */
    private static List<Integer> frames(BroadcastFixture front, String position, int events) throws Exception {
        List<Integer> frames = new CopyOnWriteArrayList<>();
        WebSocketConnectOptions to = new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(front.uri.getPort())
                .setURI("/api/ws")
                .addHeader("Authorization", "Bearer " + front.token("anna", "customer"));
        WebSocket socket = BroadcastFixture.done(front.client(new WebSocketClientOptions().setMaxMessageSize(1 << 22))
                .connect(to));
        socket.textMessageHandler(frame -> frames.add((int)
                frame.lines().filter(line -> line.contains("\"priority\"")).count()));
        BroadcastFixture.done(socket.writeTextMessage(
                options().put("type", "subscribe").put("after", position).encode()));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> IntStream.range(0, frames.size()).map(frames::get).sum() == events);
        BroadcastFixture.done(socket.close());
        return frames.stream().filter(size -> size > 0).toList();
    }

    private void assertSame() {
        for (Transport transport : worlds.get(0).listeners.keySet()) {
            assertEquals(
                    opaque(worlds.get(0).listener(transport)),
                    opaque(worlds.get(1).listener(transport)),
                    transport.name());
        }
    }

    /** What was sent, each position as the number of its first appearance; names and times of the test's own left out. */
    private static String opaque(TransportListener listener) {
        StringBuilder all = new StringBuilder();
        for (JsonObject message : listener.messages()) {
            JsonObject copy = message.copy();
            copy.remove("connectionId");
            copy.remove("expiresAt");
            copy.remove("timestamp");
            if (copy.getValue("data") instanceof JsonObject data) {
                data.remove("id");
            }
            all.append(copy.encode()).append('\n');
        }
        Map<String, Integer> seen = new HashMap<>();
        Matcher sealed = SEALED.matcher(all);
        return sealed.replaceAll(found -> "sealed " + seen.computeIfAbsent(found.group(), text -> seen.size()));
    }
}
