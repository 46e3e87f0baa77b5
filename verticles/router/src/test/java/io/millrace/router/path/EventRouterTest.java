package io.millrace.router.path;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EventRouterTest {
    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00.123456Z");
    private static final long NOW_MICROS = NOW.getEpochSecond() * 1_000_000 + 123_456;

    private static final int FALLBACK = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(2));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final List<String> committed = new ArrayList<>();
    private final List<String> queued = new ArrayList<>();
    private final List<String> detoured = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final List<Promise<Void>> held = new ArrayList<>();
    private final EventRouter router;
    private boolean kafkaDown;
    private boolean holding;

    EventRouterTest() throws InvalidConfigurationException {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes } }
                types:
                  "note:written": { namespace: notes }
                  "note:seen": { namespace: notes, durable: false }
                roles: { admin: { see: ["*"] } }
                """);
        router = new EventRouter(
                bus,
                domains,
                Clock.fixed(NOW, ZoneOffset.UTC),
                new Batcher<>("router-commit", new Batcher.Limits(100, 1_000, 8), metrics, this::commit),
                new Batcher<>("router-kafka", new Batcher.Limits(100, 1_000, 8), metrics, this::queue),
                new DirectFallback(FALLBACK, 100, metrics, this::fallback),
                new Batcher<>("router-dropped", new Batcher.Limits(100, 1_000, 8), metrics, this::drop),
                new RouterMetrics(metrics));
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatIsUrgentIsCommittedNowAndTheRestIsQueued() {
        List<Outcome> outcomes = route(
                event("low", Priority.LOW),
                event("critical", Priority.CRITICAL),
                event("normal", Priority.NORMAL),
                event("high", Priority.HIGH));
        assertEquals(List.of("critical", "high"), committed);
        assertEquals(List.of("low", "normal"), queued);
        assertEquals(List.of("low", "critical", "normal", "high"), ids(outcomes));
        assertEquals(List.of(Status.QUEUED, Status.COMMITTED, Status.QUEUED, Status.COMMITTED), statuses(outcomes));
    }

    @Test
    void whatBecameOfEventsIsCountedByPath() {
        route(event("high", Priority.HIGH), event("low", Priority.LOW), event("normal", Priority.NORMAL));
        kafkaDown = true;
        route(event("late", Priority.LOW), event("critical", Priority.CRITICAL));
        assertEquals(2, counted("direct", "committed"));
        assertEquals(2, counted("queue", "queued"));
        assertEquals(1, counted("queue", "failed"));
        assertEquals(1, counted("fallback", "committed"));
    }

    private double counted(String path, String outcome) {
        return metrics.get("millrace.router.events")
                .tags("path", path, "outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void aTransientEventGoesToItsSubscribersAndNowhereElse() throws Exception {
        List<CommittedEvent> seen = new CopyOnWriteArrayList<>();
        bus.listen(Addresses.shard(Addresses.shardOf("notes")), batch -> seen.addAll(batch.events()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
        List<Outcome> outcomes = route(event("tick", "note:seen", Priority.CRITICAL, 0));
        assertEquals(List.of(Status.SENT), statuses(outcomes));
        await().until(() -> !seen.isEmpty());
        assertEquals("tick", seen.get(0).event().id());
        assertNull(seen.get(0).position());
        assertTrue(committed.isEmpty() && queued.isEmpty());
    }

    @Test
    void anExpiredEventIsDropped() {
        List<Outcome> outcomes = route(
                event("late", "note:written", Priority.HIGH, NOW_MICROS - 1),
                event("lateTick", "note:seen", Priority.LOW, NOW_MICROS - 1),
                event("justInTime", "note:written", Priority.HIGH, NOW_MICROS));
        assertEquals(List.of(Status.EXPIRED, Status.EXPIRED, Status.COMMITTED), statuses(outcomes));
        assertEquals(List.of("justInTime"), committed);
        assertEquals(List.of("late", "lateTick"), dropped);
    }

    @Test
    void whatKafkaDoesNotTakeIsCommittedByTheDetour() {
        kafkaDown = true;
        List<Outcome> outcomes = route(event("ordinary", Priority.NORMAL), event("urgent", Priority.HIGH));
        assertEquals(List.of(Status.COMMITTED, Status.COMMITTED), statuses(outcomes));
        assertEquals(List.of("ordinary"), detoured);
        assertEquals(List.of("urgent"), committed);
    }

    @Test
    void aFullDetourRefusesOrdinaryEventsAndUrgentOnesGoOn() {
        kafkaDown = true;
        holding = true;
        Future<Outcomes> first =
                router.route(new EventBatch(List.of(event("1", Priority.LOW), event("2", Priority.LOW))));
        Future<Outcomes> second =
                router.route(new EventBatch(List.of(event("3", Priority.LOW), event("4", Priority.LOW))));
        assertEquals(
                List.of(Status.FAILED, Status.COMMITTED),
                statuses(route(event("5", Priority.LOW), event("urgent", Priority.HIGH))));
        assertEquals(3, metrics.get("millrace.router.fallback.events").gauge().value());
        assertEquals(
                2,
                metrics.get("millrace.router.fallback.refused.events").counter().count());
        while (!held.isEmpty()) {
            held.remove(0).complete();
        }
        assertEquals(
                List.of(Status.COMMITTED, Status.COMMITTED),
                statuses(first.result().outcomes()));
        assertEquals(
                List.of(Status.COMMITTED, Status.FAILED),
                statuses(second.result().outcomes()));
        assertEquals(Failure.UNAVAILABLE, second.result().outcomes().get(1).failure());
        assertEquals(List.of("1", "2", "3"), detoured);
        holding = false;
        assertEquals(List.of(Status.COMMITTED), statuses(route(event("6", Priority.LOW))));
        assertEquals(0, metrics.get("millrace.router.fallback.events").gauge().value());
    }

    private List<Outcome> route(Event... events) {
        return router.route(new EventBatch(Arrays.asList(events))).result().outcomes();
    }

    private Future<List<Outcome>> commit(List<Event> events) {
        events.forEach(event -> committed.add(event.id()));
        return Future.succeededFuture(events.stream()
                .map(event -> Outcome.committed(event, new Position("k", committed.size())))
                .toList());
    }

    private Future<List<Outcome>> queue(List<Event> events) {
        if (kafkaDown) {
            return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "down"));
        }
        events.forEach(event -> queued.add(event.id()));
        return Future.succeededFuture(
                events.stream().map(event -> Outcome.of(Status.QUEUED, event)).toList());
    }

    private Future<List<Outcome>> fallback(List<Event> events) {
        events.forEach(event -> detoured.add(event.id()));
        Promise<Void> release = Promise.promise();
        if (holding) {
            held.add(release);
        } else {
            release.complete();
        }
        return release.future().map(released -> events.stream()
                .map(event -> Outcome.committed(event, new Position("k", detoured.size())))
                .toList());
    }

    private Future<List<Outcome>> drop(List<Event> events) {
        events.forEach(event -> dropped.add(event.id()));
        return Future.succeededFuture(
                events.stream().map(event -> Outcome.of(Status.EXPIRED, event)).toList());
    }

    private static List<String> ids(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::id).toList();
    }

    private static List<Status> statuses(List<Outcome> outcomes) {
        return outcomes.stream().map(Outcome::status).toList();
    }

    private static Event event(String id, Priority priority) {
        return event(id, "note:written", priority, 0);
    }

    private static Event event(String id, String type, Priority priority, long expiresAtMicros) {
        return Event.builder(id, type, "s").timeMicros(1).priority(priority).expiresAtMicros(expiresAtMicros).stream(
                        "notes")
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
    }
}
