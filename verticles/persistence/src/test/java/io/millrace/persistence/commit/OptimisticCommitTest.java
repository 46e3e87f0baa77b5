package io.millrace.persistence.commit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commits decided from memory, against a real PostgreSQL and others that commit to the same streams. */
@Timeout(120)
class OptimisticCommitTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void aSoleCommitterReadsNothingAgainAndIsRight() throws Exception {
        for (int i = 0; i < 5; i++) {
            mine(new Samples("warm-" + i).type("note:written", "alone"));
        }
        long optimistic = NODES.commitsAlone("optimistic");
        long pessimistic = NODES.commitsAlone("pessimistic");
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    Status.COMMITTED,
                    mine(order("alone-" + i, "alone", "{'k" + i + "':1}").type("note:written", "alone"))
                            .status());
        }
        assertEquals(optimistic + 20, NODES.commitsAlone("optimistic"));
        assertEquals(pessimistic, NODES.commitsAlone("pessimistic"));
        assertGapless("alone", 25);
    }

    @Test
    void anEntityGoesThroughItsVersionsWithoutBeingReadAgain() throws Exception {
        for (int i = 0; i < 20; i++) {
            mine(order("versions-" + i, "versions", "{'k" + i + "':" + i + "}"));
        }
        EntityState entity = entity("versions");
        assertEquals(20, entity.version());
        assertEquals(20, state(entity).size());
        assertEquals(20, NODES.count("select count(distinct version) from changes where id = 'versions'"));
    }

    @Test
    void whatOthersCommittedMeanwhileIsNoticed() throws Exception {
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        Status.COMMITTED,
                        mine(order("mine-" + round + i, "shared", "{'m" + round + i + "':1}"))
                                .status());
            }
            others(order("theirs-" + round, "shared", "{'t" + round + "':1}"));
        }
        EntityState entity = entity("shared");
        assertEquals(40, entity.version());
        assertEquals(40, state(entity).size());
        assertGapless("orders", history("orders").head());
    }

    @Test
    void anExpectedVersionIsComparedWithTheRowNotWithTheCache() throws Exception {
        mine(order("e-1", "expected", "{'a':1}"));
        mine(order("e-2", "expected", "{'a':2}"));
        others(order("e-3", "expected", "{'a':3}"));
        assertNull(mine(order("e-4", "expected", "{'a':4}").expects(3)).failure());
        others(order("e-5", "expected", "{'a':5}"));
        assertEquals(
                Failure.VERSION_CONFLICT,
                mine(order("e-6", "expected", "{'a':6}").expects(4)).failure());
    }

    @Test
    void aDuplicateIsFoundWithoutALookup() throws Exception {
        Outcome first = mine(new Samples("again").type("note:written", "again"));
        for (int i = 0; i < 5; i++) {
            mine(new Samples("again-" + i).type("note:written", "again"));
            Outcome repeat = mine(new Samples("again").type("note:written", "again"));
            assertEquals(Status.DUPLICATE, repeat.status());
            assertEquals(first.position(), repeat.position());
        }
        assertEquals(
                Failure.ID_CONFLICT,
                mine(new Samples("again").type("note:written", "again").data("{'other':1}"))
                        .failure());
        assertGapless("again", 6);
    }

    @Test
    void whatIsExpiredIsARepeatIfItWasCommittedInTime() throws Exception {
        mine(new Samples("before").type("note:written", "late"));
        Outcome first = mine(new Samples("late").type("note:written", "late"));
        Samples expired = new Samples("late").type("note:written", "late").expiresAt(Samples.NOW);
        assertEquals(first.position(), mine(expired).position());
        assertEquals(
                Status.EXPIRED,
                mine(new Samples("too-late").type("note:written", "late").expiresAt(Samples.NOW))
                        .status());
    }

    @Test
    void aBadEventAmongOptimisticCommitsFailsAlone() throws Exception {
        mine(order("good", "poisoned", "{'a':1}"));
        mine(order("good-2", "poisoned", "{'a':2}"));
        List<Future<Outcome>> under = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            String order = i % 10 == 3 ? "no\0where" : "poisoned";
            under.add(send(NODES.alone(), order("poisoned-" + i, order, "{'a':" + i + "}")));
        }
        for (int i = 0; i < 30; i++) {
            assertEquals(
                    i % 10 == 3 ? Failure.INVALID_EVENT : null,
                    NODES.await(under.get(i)).failure());
        }
        assertEquals(29, entity("poisoned").version());
    }

    /** Another commit that counts just as far as the failed one must not be taken for it. */
    @Test
    void aBatchFallsWithTheOneOnWhichItWasDecided() throws Exception {
        mine(fallen("fallen-1", "{'n':1}"));
        mine(fallen("fallen-2", "{'n':2}"));
        PgConnection stranger = NODES.connect();
        NODES.await(stranger.query("begin; update streams set head = 3 where name = 'fallen'")
                .execute());
        Future<Outcome> first = send(NODES.alone(), fallen("fallen-a", "{'a':1}"));
        Future<Outcome> second = send(NODES.alone(), fallen("fallen-b", "{'b':1}"));
        // Answered on the same event loop, so both are on their way, and the first waits for the stranger's lock.
        NODES.await(NODES.alone().request(Addresses.HEADS, new HeadsQuery(0)));
        NODES.await(stranger.query("insert into events (stream, pos, id, source, type, time, priority, data, publisher)"
                        + " select id, 3, 'fallen-x', 'x', 'order:changed', now(), 1, '{\"x\":1}', 'x' from streams"
                        + " where name = 'fallen'; update entities set version = 3, state = '{\"x\":1}' where id = 'fallen';"
                        + " commit")
                .execute());
        assertEquals(4, Objects.requireNonNull(NODES.await(first).position()).offset());
        assertEquals(5, Objects.requireNonNull(NODES.await(second).position()).offset());
        EntityState entity = entity("fallen", "fallen");
        assertEquals(5, entity.version());
        assertEquals(Set.of("x", "a", "b"), state(entity).fieldNames());
        NODES.await(stranger.close());
    }

    private static Samples fallen(String id, String data) {
        return order(id, "fallen", data).type("order:changed", "fallen");
    }

    @Test
    void eventsKeepTheirOrderWhereverAGuessWasWrong() throws Exception {
        List<Future<Outcome>> under = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            under.add(send(NODES.alone(), numbered("mine", i)));
            if (i % 3 == 0) {
                under.add(send(NODES.bus(), order("theirs-order-" + i, "o-" + i % 7, "{'t" + i + "':1}")));
                under.add(send(NODES.bus(), new Samples("theirs-note-" + i).type("note:written", "order")));
            }
            if (i % 20 == 0) {
                NODES.await(under.get(under.size() - 1));
            }
        }
        for (Future<Outcome> each : under) {
            assertEquals(Status.COMMITTED, NODES.await(each).status());
        }
        List<String> mine = history("order").events().stream()
                .map(event -> event.event().id())
                .filter(id -> id.startsWith("mine-"))
                .toList();
        assertEquals(mine.stream().sorted().toList(), mine);
        assertGapless("order", 800);
    }

    @Test
    void brokenConnectionsLoseNothingThatWasAcknowledged() throws Exception {
        List<Outcome> acknowledged = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            List<Future<Outcome>> under = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                under.add(send(NODES.alone(), new Samples("broken-" + round + "-" + i).type("note:written", "broken")));
            }
            NODES.count("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                    + " where application_name = 'millrace-commits'");
            for (Future<Outcome> each : under) {
                Outcome outcome = NODES.await(each.otherwise(error -> Outcome.failed("?", error)));
                if (outcome.status() == Status.COMMITTED) {
                    acknowledged.add(outcome);
                }
            }
        }
        Samples mended = new Samples("mended").type("note:written", "broken");
        List<CommittedEvent> events = history("broken").events();
        for (Outcome outcome : acknowledged) {
            long offset = Objects.requireNonNull(outcome.position()).offset();
            assertEquals(outcome.id(), events.get((int) offset - 1).event().id());
        }
        assertGapless("broken", events.size());
        // So many broken connections in a row look like a PostgreSQL that is down: it may be asked no more for a
        // moment.
        NODES.eventually(() -> NODES.alone()
                .request(Addresses.COMMIT, new EventBatch(List.of(mended.event())))
                .toCompletionStage()
                .toCompletableFuture()
                .handle((outcomes, refused) -> outcomes != null)
                .join());
        assertEquals(Status.DUPLICATE, mine(mended).status());
    }

    private static Samples numbered(String prefix, int number) {
        return order(prefix + "-" + (10_000 + number), "o-" + number % 7, "{'m" + number + "':1}")
                .type("note:written", "order");
    }

    private static Samples order(String id, String order, String data) {
        return new Samples(id).order("order:changed", order).data(data);
    }

    private static Outcome mine(Samples event) throws Exception {
        return NODES.await(send(NODES.alone(), event));
    }

    private static void others(Samples event) throws Exception {
        assertEquals(Status.COMMITTED, NODES.await(send(NODES.bus(), event)).status());
    }

    private static Future<Outcome> send(Bus bus, Samples... events) {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList());
        return bus.request(Addresses.COMMIT, batch)
                .map(outcomes -> outcomes.outcomes().get(0));
    }

    private static void assertGapless(String stream, long head) throws Exception {
        HistoryPage page = history(stream);
        assertEquals(head, page.head());
        assertEquals(
                LongStream.rangeClosed(1, head).boxed().toList(),
                page.events().stream()
                        .map(event -> Objects.requireNonNull(event.position()).offset())
                        .toList());
    }

    private static HistoryPage history(String stream) throws Exception {
        return NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, 0, 10_000, false));
    }

    private static EntityState entity(String id) throws Exception {
        return entity("orders", id);
    }

    private static EntityState entity(String stream, String id) throws Exception {
        EntityState entity = NODES.ask(Addresses.ENTITY, new EntityQuery(new EntityRef("order", stream, id), true));
        assertTrue(entity.version() > 0);
        return entity;
    }

    private static JsonObject state(EntityState entity) {
        return new JsonObject(new String(Objects.requireNonNull(entity.state()), StandardCharsets.UTF_8));
    }
}
