package io.millrace.sinks.service;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.sink.SinkCommand;
import io.millrace.sinks.SinksFixture;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams that are given to a microservice on the event bus, from a real PostgreSQL. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ServiceSinkTest {
    private static final String ADDRESS = "service.orders.worker";
    private static final String WORKER =
            """
            sink: worker
            as: { user: worker, roles: [staff] }
            streams: [orders, "room:*"]
            start: earliest
            service: { address: service.orders.worker, timeout: 20s }
            """;

    private static SinksFixture fixture;
    /** Whatever was taken, by stream. */
    private final Map<String, List<Integer>> taken = new ConcurrentHashMap<>();

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinksFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static MessageConsumer<JsonObject> serve(SinksFixture.Node node, Consumer<Message<JsonObject>> handler)
            throws Exception {
        MessageConsumer<JsonObject> consumer = node.vertx.eventBus().consumer(ADDRESS, handler::accept);
        await(consumer.completion());
        return consumer;
    }

    private void take(Message<JsonObject> message) {
        taken.computeIfAbsent(message.body().getString("stream"), stream -> new CopyOnWriteArrayList<>())
                .add(number(message));
        message.reply(null);
    }

    private static int number(Message<JsonObject> message) {
        return message.body().getJsonObject("data").getInteger("n");
    }

    private List<Integer> of(String stream) {
        return taken.getOrDefault(stream, List.of());
    }

    private static List<Integer> upTo(int last) {
        return IntStream.rangeClosed(1, last).boxed().toList();
    }

    @Test
    void theNextEventOfAStreamComesWhenTheOneBeforeIsAnsweredAndOtherStreamsDontWait() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        List<Message<JsonObject>> unanswered = new CopyOnWriteArrayList<>();
        serve(node, message -> {
            if (message.body().getString("stream").equals("orders") && number(message) == 3 && unanswered.isEmpty()) {
                unanswered.add(message);
            } else {
                take(message);
            }
        });
        fixture.commit("orders", 1, 5);
        fixture.commit("room:a", 1, 20);
        await().until(() -> of("room:a").equals(upTo(20)) && unanswered.size() == 1);
        assertEquals(List.of(1, 2), of("orders"));

        take(unanswered.get(0));
        await().until(() -> of("orders").equals(upTo(5)));
        assertEquals(25, node.events("sent"));
    }

    @Test
    void theEventIsShownAsItsSenderWroteItWithItsStreamAndPosition() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        List<JsonObject> bodies = new CopyOnWriteArrayList<>();
        List<String> traces = new CopyOnWriteArrayList<>();
        serve(node, message -> {
            traces.add(message.headers().get("traceparent"));
            bodies.add(message.body());
            message.reply(null);
        });
        fixture.traced();
        fixture.commit("orders", 7, 1);
        await().until(() -> bodies.size() == 1);
        assertEquals(List.of(SinksFixture.TRACE), traces);
        JsonObject event = bodies.get(0);
        assertEquals("orders-1", event.getString("id"));
        assertEquals("order:created", event.getString("type"));
        assertEquals("test", event.getString("source"));
        assertEquals("orders", event.getString("stream"));
        assertEquals("e1:1", event.getString("position"));
        assertEquals(new JsonObject().put("n", 7), event.getJsonObject("data"));
    }

    @Test
    void whileNobodyListensNothingIsLostAndAnOperatorIsTold() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        fixture.commit("orders", 1, 3);
        await().until(() -> String.valueOf(node.status("worker").problem())
                .equals("1 streams wait for " + ADDRESS + "; orders: no consumer is registered at " + ADDRESS));
        serve(node, this::take);
        await().until(() -> of("orders").equals(upTo(3)));
        await().until(() -> node.status("worker").problem() == null);
    }

    @Test
    void whatIsAnsweredLaterOrNotAtAllComesAgain() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        Map<Integer, Integer> tries = new ConcurrentHashMap<>();
        serve(node, message -> {
            int attempt = tries.merge(number(message), 1, Integer::sum);
            if (number(message) == 2 && attempt < 3) {
                message.fail(503, "the database is away");
            } else {
                take(message);
            }
        });
        fixture.commit("orders", 1, 4);
        await().until(() -> of("orders").equals(upTo(4)));
        assertEquals(Map.of(1, 1, 2, 3, 3, 1, 4, 1), tries);
        assertEquals(0, node.events("dead"));
    }

    @Test
    void whatIsNotAnsweredInTimeComesAgain() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER.replace("20s", "1s"));
        AtomicInteger tries = new AtomicInteger();
        serve(node, message -> {
            if (number(message) != 2 || tries.incrementAndGet() > 1) {
                take(message);
            }
        });
        fixture.commit("orders", 1, 3);
        await().until(() -> of("orders").containsAll(upTo(3)));
        assertTrue(tries.get() > 1);
        assertEquals(0, node.events("dead"));
    }

    @Test
    void streamsThatWaitLeaveRoomForOthersAndWhatTheyHadIsNoted() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        AtomicBoolean away = new AtomicBoolean(true);
        serve(node, message -> {
            if (away.get()
                    && number(message) > 1
                    && !message.body().getString("stream").equals("room:good")) {
                message.fail(503, "the database is away");
            } else {
                take(message);
            }
        });
        int streams = 2 * fixture.follow.streams();
        for (int i = 0; i < streams; i++) {
            fixture.commit("room:bad-" + i, 1, 3);
        }
        await().until(() -> String.valueOf(node.status("worker").problem()).startsWith(streams + " streams wait"));
        fixture.commit("room:good", 1, 20);
        await().until(() -> of("room:good").equals(upTo(20)));
        await().until(() -> String.valueOf(streams)
                .equals(fixture.query(
                        "select count(*) from sink_positions where stream like 'room:bad%' and pos = 1")));

        away.set(false);
        for (int i = 0; i < streams; i++) {
            String stream = "room:bad-" + i;
            await().until(() -> of(stream).equals(upTo(3)));
        }
        await().until(() -> node.status("worker").problem() == null);
    }

    @Test
    void aStreamThatIsNotAnsweredHoldsBackNoOther() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER.replace("20s", "2s"));
        serve(node, message -> {
            if (message.body().getString("stream").equals("room:good")) {
                take(message);
            }
        });
        for (int i = 0; i < fixture.follow.streams(); i++) {
            fixture.commit("room:bad-" + i, 1, 1);
        }
        await().until(() ->
                String.valueOf(node.status("worker").problem()).startsWith(fixture.follow.streams() + " streams wait"));
        for (int i = 1; i <= 5; i++) {
            int last = i;
            fixture.commit("room:good", i, 1);
            long began = System.nanoTime();
            await().until(() -> of("room:good").equals(upTo(last)));
            assertTrue(System.nanoTime() - began < TimeUnit.SECONDS.toNanos(1));
        }
    }

    @Test
    void whatIsRefusedIsDeadUntilItIsRedrivenAndThoseBehindItGoOn() throws Exception {
        SinksFixture.Node node = fixture.node(WORKER);
        MessageConsumer<JsonObject> strict = serve(node, message -> {
            if (number(message) == 2) {
                message.fail(1, "no such customer");
            } else {
                take(message);
            }
        });
        fixture.commit("orders", 1, 3);
        await().until(() -> of("orders").equals(List.of(1, 3)));
        await().until(() -> "1 events are dead".equals(node.status("worker").problem()));
        assertEquals("no such customer", fixture.query("select error from sink_parked where dead"));

        // Nothing waits for what is redriven: where it isn't taken, it is dead again.
        await(strict.unregister());
        MessageConsumer<JsonObject> later = serve(node, message -> {
            if (number(message) == 2) {
                message.fail(503, "the database is away");
            } else {
                take(message);
            }
        });
        node.order(SinkCommand.redrive("worker", List.of(), "ann"));
        await().until(() -> "the database is away".equals(fixture.query("select error from sink_parked where dead")));
        fixture.commit("orders", 4, 1);
        await().until(() -> of("orders").equals(List.of(1, 3, 4)));

        await(later.unregister());
        serve(node, this::take);
        node.order(SinkCommand.redrive("worker", List.of(), "ann"));
        await().until(() -> of("orders").equals(List.of(1, 3, 4, 2)));
        await().until(() -> "0".equals(fixture.query("select count(*) from sink_parked")));
    }

    @Test
    void afterADeathTheNextNodeGoesOnAndRepeatsAtMostAPage() throws Exception {
        SinksFixture.Node first = fixture.node(WORKER);
        serve(first, this::take);
        fixture.commit("orders", 1, 10);
        await().until(() -> "10".equals(fixture.query("select pos from sink_positions")));
        fixture.commit("orders", 11, 10);
        await().until(() -> of("orders").size() > 12);
        first.die();

        SinksFixture.Node second = fixture.node(WORKER);
        serve(second, this::take);
        await().until(() -> of("orders").contains(20) && second.isRunning("worker"));
        List<Integer> numbers = of("orders");
        assertEquals(upTo(20), numbers.stream().distinct().toList());
        assertTrue(numbers.stream().filter(number -> number <= 10).count() == 10, "what was noted isn't repeated");
    }
}
