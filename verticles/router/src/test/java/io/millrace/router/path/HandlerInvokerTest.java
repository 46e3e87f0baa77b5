package io.millrace.router.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.Breaker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the services that a pack names may make of its events; a router that takes everything is behind them. */
@Timeout(30)
class HandlerInvokerTest {
    private static final String CHECK = "service.notes.check";

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final List<Event> routed = new CopyOnWriteArrayList<>();
    private final HandlerInvoker handlers;

    HandlerInvokerTest() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: "notes:{data.book}" } }
                types:
                  "note:written":
                    namespace: notes
                    owner: data.author
                    entity: { kind: note, id: data.id, apply: merge }
                    handler: service.notes.check
                    max: 1KiB
                    schema:
                      type: object
                      required: [book]
                      properties:
                        book: {}
                        id: {}
                        author: {}
                        pages: { type: integer, minimum: 1 }
                        at: { type: string, format: date-time }
                        mood: { enum: [good, bad] }
                  "note:seen": { namespace: notes, durable: false }
                roles: { admin: { see: ["*"] } }
                """);
        NodeContext node = new NodeContext(
                vertx,
                new Bus(vertx, Duration.ofSeconds(2)),
                domains,
                new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                new SimpleMeterRegistry(),
                new Health(),
                200);
        handlers = new HandlerInvoker(node, new Breaker.Limits(1, Duration.ofSeconds(5)), Duration.ofMillis(200));
    }

    @AfterEach
    void close() throws Exception {
        done(vertx.close());
    }

    @Test
    void whatItSaysNothingAboutPassesAsItIs() throws Exception {
        answers(message -> message.reply(null));
        Event event = event("1", "{\"book\":\"b\",\"id\":\"n\"}");
        assertEquals(Status.QUEUED, outcomes(event).get(0).status());
        assertSame(event, routed.get(0));
    }

    @Test
    void aHandlerGetsTheEventAndItsPublisher() throws Exception {
        List<JsonObject> seen = new CopyOnWriteArrayList<>();
        answers(message -> {
            seen.add(message.body());
            message.reply(new JsonObject());
        });
        outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}"));
        assertEquals(
                new JsonObject(
                        "{\"id\":\"1\",\"type\":\"note:written\",\"source\":\"s\","
                                + "\"timestamp\":\"1970-01-01T00:00:01.500Z\",\"publisher\":\"u-1\","
                                + "\"data\":{\"book\":\"b\",\"id\":\"n\"},\"metadata\":{\"tags\":[\"eu\"],\"priority\":\"normal\"}}"),
                seen.get(0));

        Recipients some = new Recipients(Set.of("admin"), Set.of("u-2"), Set.of());
        outcomes(event("2", "{\"book\":\"b\"}").toBuilder()
                .target(some)
                .exclude(some)
                .build());
        JsonObject expected = new JsonObject("{\"roles\":[\"admin\"],\"users\":[\"u-2\"],\"connections\":[]}");
        assertEquals(expected, seen.get(1).getJsonObject("metadata").getJsonObject("target"));
        assertEquals(expected, seen.get(1).getJsonObject("metadata").getJsonObject("exclude"));
    }

    @Test
    void theTraceOfAnEventGoesOnInAHeader() throws Exception {
        List<String> traces = new CopyOnWriteArrayList<>();
        answers(message -> {
            traces.add(String.valueOf(message.headers().get("traceparent")));
            message.reply(null);
        });
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}"));
        outcomes(event("2", "{\"book\":\"b\",\"id\":\"n\"}").toBuilder()
                .metadata(("{\"traceparent\":\"" + trace + "\"}").getBytes(StandardCharsets.UTF_8))
                .build());
        assertEquals(List.of("null", trace), traces);
    }

    @Test
    void whatItChangesAndAddsIsMergedAndTheRestKeepsEveryDigit() throws Exception {
        answers(message -> message.reply(new JsonObject("{\"data\":{\"draft\":null,\"author\":\"u-2\"}}")));
        List<Outcome> outcomes = outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\",\"price\":1.200,\"draft\":true}"));
        assertEquals(1, routed.size(), outcomes::toString);
        Event changed = routed.get(0);
        assertEquals(
                "{\"book\":\"b\",\"id\":\"n\",\"price\":1.200,\"author\":\"u-2\"}",
                new String(changed.data(), StandardCharsets.UTF_8));
        assertEquals("u-2", changed.owner());
    }

    @Test
    void rejectedEventsGetTheReasonAndTheOthersAreRouted() throws Exception {
        answers(message -> {
            if (message.body().getString("id").equals("2")) {
                message.fail(7, "too long a note");
            } else {
                message.reply(null);
            }
        });
        String data = "{\"book\":\"b\",\"id\":\"n\"}";
        List<Outcome> outcomes = outcomes(event("1", data), event("2", data), seen("3"), event("4", data));
        assertEquals(
                List.of(Status.QUEUED, Status.FAILED, Status.QUEUED, Status.QUEUED),
                outcomes.stream().map(Outcome::status).toList());
        assertEquals(Failure.REJECTED, outcomes.get(1).failure());
        assertEquals("too long a note", outcomes.get(1).message());
        assertEquals(List.of("1", "3", "4"), routed.stream().map(Event::id).toList());
    }

    @Test
    void eventsOfASilentHandlerAreRefusedAndSoonWithoutACall() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        answers(message -> asked.incrementAndGet());
        String data = "{\"book\":\"b\",\"id\":\"n\"}";
        for (int i = 0; i < 5; i++) {
            List<Outcome> outcomes = outcomes(event("" + i, data), seen("tick-" + i));
            assertEquals(Failure.UNAVAILABLE, outcomes.get(0).failure());
            assertEquals(Status.QUEUED, outcomes.get(1).status());
        }
        // The first, and perhaps one that tried whether it answers again.
        assertTrue(asked.get() < 4, "asked " + asked);
        assertTrue(handlers.idle());
    }

    @Test
    void anExpiredEventIsNotAskedFor() throws Exception {
        answers(message -> message.fail(7, "asked"));
        outcomes(Event.builder("1", "note:written", "s").timeMicros(1).expiresAtMicros(1).stream("notes:b")
                .entity(new EntityRef("note", "notes:b", "n"))
                .publisher("u-1")
                .acceptedAtMicros(1)
                .build());
        assertEquals(1, routed.size());
    }

    @Test
    void aHandlersMistakesAffectNoOtherType() throws Exception {
        for (String reply : List.of(
                "{\"data\":{\"book\":\"other\"}}",
                "{\"data\":{\"id\":\"other\"}}",
                "{\"data\":{\"id\":null}}",
                "{\"data\":{\"t\":\"\\ud800\"}}",
                "{\"data\":7}",
                "{\"dta\":{}}")) {
            MessageConsumer<JsonObject> consumer = answers(message -> message.reply(new JsonObject(reply)));
            Outcome outcome =
                    outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}")).get(0);
            assertEquals(Failure.INTERNAL, outcome.failure(), reply);
            assertTrue(String.valueOf(outcome.message()).contains(CHECK), reply);
            done(consumer.unregister());
        }
        assertTrue(routed.isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/data/pages | {'pages':'ten'}",
                "/data/pages | {'pages':0}",
                "/data/at | {'at':'2026-01-31 09:30:00Z'}",
                "/data/mood | {'mood':'so-so'}",
                "/data | {'book':null}",
                "/data/id | {'id':'..'}",
                "/data/id | {'id':null}",
                "/data/book | {'book':'a b'}"
            })
    void aPatchMustMeetTheRulesOfANewEventAndReportsTheBrokenOne(String pointer, String patch) throws Exception {
        answers(message -> message.reply(new JsonObject("{\"data\":" + patch.replace('\'', '"') + "}")));
        Outcome outcome = outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}")).get(0);
        assertEquals(Failure.INTERNAL, outcome.failure());
        String message = String.valueOf(outcome.message());
        assertTrue(message.startsWith("the handler " + CHECK + " answers what can't be kept: " + pointer), message);
        assertTrue(routed.isEmpty());
    }

    @Test
    void whatItMakesLargerThanItsTypeMayBeIsRefusedAsTooLarge() throws Exception {
        answers(message ->
                message.reply(new JsonObject().put("data", new JsonObject().put("text", "x".repeat(1_024)))));
        Outcome outcome = outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}")).get(0);
        assertEquals(Failure.TOO_LARGE, outcome.failure());
        assertTrue(String.valueOf(outcome.message()).contains("1024"), outcome::toString);
        assertTrue(routed.isEmpty());
    }

    @Test
    void aNumberThatCannotBeKeptIsItsMistakeToo() throws Exception {
        answers(message -> message.reply(
                new JsonObject().put("data", new JsonObject().put("n", new java.math.BigDecimal("1e-400")))));
        Outcome outcome = outcomes(event("1", "{\"book\":\"b\",\"id\":\"n\"}")).get(0);
        assertEquals(Failure.INTERNAL, outcome.failure());
        assertTrue(String.valueOf(outcome.message()).contains("can't be kept"), outcome::toString);
        assertTrue(routed.isEmpty());
    }

    private MessageConsumer<JsonObject> answers(Handler<Message<JsonObject>> handler) {
        return vertx.eventBus().consumer(CHECK, handler);
    }

    private List<Outcome> outcomes(Event... events) throws Exception {
        Promise<Outcomes> outcomes = Promise.promise();
        loop.runOnContext(on ->
                handlers.before(new EventBatch(List.of(events)), this::route).onComplete(outcomes));
        return done(outcomes.future()).outcomes();
    }

    private Future<Outcomes> route(EventBatch batch) {
        routed.addAll(batch.events());
        return Future.succeededFuture(new Outcomes(batch.events().stream()
                .map(event -> Outcome.of(Status.QUEUED, event))
                .toList()));
    }

    private static Event event(String id, String data) {
        return event(id, "note:written", data, new EntityRef("note", "notes:b", "n"));
    }

    private static Event seen(String id) {
        return event(id, "note:seen", "{\"book\":\"b\"}", null);
    }

    private static Event event(String id, String type, String data, @Nullable EntityRef entity) {
        return Event.builder(id, type, "s")
                .timeMicros(1_500_000)
                .data(bytes(data))
                .metadata(bytes("{\"tags\":[\"eu\"]}"))
                .stream("notes:b")
                .entity(entity)
                .publisher("u-1")
                .acceptedAtMicros(1)
                .build();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
