package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Commits and reads against a real PostgreSQL, with two persistence verticles that take turns. */
@Timeout(120)
class PostgresTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void positionsOfAStreamAreGaplessOnEveryNode() throws Exception {
        List<Future<List<Outcome>>> under = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Priority priority = Priority.values()[i % 4];
            under.add(commit(
                    new Samples("gapless-" + i + "-a")
                            .type("note:written", "gapless-a")
                            .priority(priority),
                    new Samples("gapless-" + i + "-b")
                            .type("note:written", "gapless-b")
                            .priority(priority)));
        }
        for (Future<List<Outcome>> each : under) {
            NODES.await(each).forEach(outcome -> assertEquals(Status.COMMITTED, outcome.status(), outcome::toString));
        }
        for (String stream : List.of("gapless-a", "gapless-b")) {
            HistoryPage page = history(stream, 0, 1_000);
            assertEquals(300, page.head());
            assertEquals(LongStream.rangeClosed(1, 300).boxed().toList(), offsets(page));
            assertEquals(
                    300,
                    page.events().stream()
                            .map(event -> event.event().id())
                            .distinct()
                            .count());
        }
    }

    @Test
    void theSameEventAHundredTimesInParallelIsOneRowAndOnePosition() throws Exception {
        List<Future<List<Outcome>>> under = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            under.add(commit(new Samples("same").type("note:written", "same").priority(Priority.values()[i % 4])));
        }
        Set<Position> positions = new HashSet<>();
        int committed = 0;
        for (Future<List<Outcome>> each : under) {
            Outcome outcome = NODES.await(each).get(0);
            committed += outcome.status() == Status.COMMITTED ? 1 : 0;
            assertTrue(Set.of(Status.COMMITTED, Status.DUPLICATE).contains(outcome.status()), outcome::toString);
            positions.add(Objects.requireNonNull(outcome.position()));
        }
        assertEquals(1, committed);
        assertEquals(1, positions.size());
        assertEquals(1, history("same", 0, 10).head());
        assertEquals(1, NODES.count("select count(*) from events where id = 'same'"));
    }

    @Test
    void theSameIdWithOtherDataIsAConflictAndTheFirstIsKept() throws Exception {
        assertEquals(
                Status.COMMITTED, one(new Samples("conflict").data("{'a':1}")).status());
        assertEquals(
                Failure.ID_CONFLICT,
                one(new Samples("conflict").data("{'a':2}")).failure());
        assertEquals(
                Status.DUPLICATE,
                one(new Samples("conflict").data("{ 'a' : 1.0 }")).status());
    }

    @Test
    void commitsThatMakeOneEntityAtOnceEndWithAVersionAndAnAuditRowForEachEvent() throws Exception {
        List<Future<List<Outcome>>> under = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Samples event = new Samples("race-" + i).data("{'k" + i + "':1}").priority(Priority.values()[i % 4]);
            under.add(commit(event.order("order:changed", "race")));
        }
        for (Future<List<Outcome>> each : under) {
            assertEquals(Status.COMMITTED, NODES.await(each).get(0).status());
        }
        EntityState entity = entity("race");
        assertEquals(60, entity.version());
        assertEquals(60, new JsonObject(text(entity.state())).size());
        assertEquals(60, NODES.count("select count(*) from changes where id = 'race'"));
        assertEquals(60, NODES.count("select count(distinct version) from changes where id = 'race'"));
    }

    @Test
    void aPoisonousEventFailsAloneAndItsNeighboursAreCommitted() throws Exception {
        for (int p = 0; p < 2; p++) {
            List<Samples> batch = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                // What Java can't read; what PostgreSQL can't write.
                batch.add(new Samples("poison-" + p + "-" + i)
                        .order("order:changed", i == 13 && p == 1 ? "no\0where" : "poison-" + p)
                        .data(i == 13 && p == 0 ? "{'n':1e-99999999999}" : "{'i':" + i + "}"));
            }
            List<Outcome> outcomes = NODES.await(commit(batch.toArray(Samples[]::new)));
            for (int i = 0; i < 20; i++) {
                Outcome outcome = outcomes.get(i);
                assertEquals(i == 13 ? Failure.INVALID_EVENT : null, outcome.failure(), outcome::toString);
                assertEquals("poison-" + p + "-" + i, outcome.id());
            }
            assertEquals(19, entity("poison-" + p).version());
        }
        HistoryPage page = history("orders", 0, 1_000);
        assertEquals(LongStream.rangeClosed(1, page.head()).boxed().toList(), offsets(page));
    }

    @Test
    void anExpectedVersionLetsExactlyOneOfManyThrough() throws Exception {
        List<Future<List<Outcome>>> under = IntStream.range(0, 20)
                .mapToObj(i -> commit(new Samples("expects-" + i)
                        .order("order:changed", "expects")
                        .expects(0)
                        .priority(Priority.values()[i % 4])))
                .toList();
        int committed = 0;
        for (Future<List<Outcome>> each : under) {
            Outcome outcome = NODES.await(each).get(0);
            committed += outcome.status() == Status.COMMITTED ? 1 : 0;
            assertTrue(outcome.failure() == null || outcome.failure() == Failure.VERSION_CONFLICT);
        }
        assertEquals(1, committed);
    }

    @Test
    void historyGivesBackWhatWasCommittedPageByPage() throws Exception {
        String data = "{ 'ü' : [1.50, 1e3],  'x':'é 漢 🙂' }".replace('\'', '"');
        List<Samples> batch = new ArrayList<>();
        for (int i = 1; i <= 25; i++) {
            batch.add(new Samples("page-" + i)
                    .type("note:written", "pages")
                    .data(data)
                    .targets("staff")
                    .priority(Priority.LOW));
        }
        NODES.await(commit(batch.toArray(Samples[]::new)));
        HistoryPage first = history("pages", 0, 10);
        assertEquals(LongStream.rangeClosed(1, 10).boxed().toList(), offsets(first));
        assertEquals(25, first.head());
        assertEquals(1, first.oldest());
        assertEquals(LongStream.rangeClosed(21, 25).boxed().toList(), offsets(history("pages", 20, 10)));
        assertEquals(List.of(), offsets(history("pages", 25, 10)));
        HistoryPage last = NODES.ask(Addresses.HISTORY, new HistoryQuery("pages", 0, 3, true));
        assertEquals(List.of(23L, 24L, 25L), offsets(last));

        Event event = last.events().get(2).event();
        Event sent = batch.get(24).event();
        assertEquals(data, text(event.data()));
        assertEquals("{\"tags\":[\"eu\"]}", text(event.metadata()));
        assertEquals(sent.target(), event.target());
        assertNull(event.exclude());
        assertEquals(
                List.of(sent.id(), sent.type(), sent.source(), sent.timeMicros(), sent.priority(), "c-4", "u-1"),
                Arrays.asList(
                        event.id(),
                        event.type(),
                        event.source(),
                        event.timeMicros(),
                        event.priority(),
                        event.owner(),
                        event.publisher()));
    }

    @Test
    void aStreamWithoutEventsIsEmpty() throws Exception {
        HistoryPage page = history("nobody", 0, 10);
        assertEquals(Position.NO_EPOCH, page.epoch());
        assertEquals(0, page.head());
        assertEquals(List.of(), page.events());
    }

    @Test
    void headsTellHowFarEachStreamIs() throws Exception {
        Outcome outcome = one(new Samples("head").type("note:written", "heads"));
        Position position = Objects.requireNonNull(outcome.position());
        Heads.Head expected = new Heads.Head("heads", position.epoch(), 1);
        assertTrue(NODES.ask(Addresses.HEADS, new HeadsQuery(0)).heads().contains(expected));
        assertTrue(NODES.ask(Addresses.HEADS, new HeadsQuery(60_000)).heads().contains(expected));
    }

    @Test
    void anEntityThatWasDeletedHasAVersionAndNoState() throws Exception {
        assertEquals(0, entity("never").version());
        one(new Samples("entity-1").order("order:changed", "entity").data("{'a':1,'b':null}"));
        assertEquals("{\"a\":1}", text(entity("entity").state()));
        one(new Samples("entity-2").order("order:deleted", "entity"));
        assertEquals(2, entity("entity").version());
        assertNull(entity("entity").state());
        Outcome again =
                one(new Samples("entity-3").order("order:changed", "entity").data("{'c':1}"));
        assertEquals("{\"c\":1}", text(entity("entity").state()));
        assertEquals(again.position(), entity("entity").position());
    }

    @Test
    void whatWasCommittedIsPublishedToItsShardInOrder() throws Exception {
        List<CommittedEvent> seen = new CopyOnWriteArrayList<>();
        NODES.await(NODES.bus()
                .<CommittedBatch>listen(
                        Addresses.shard(Addresses.shardOf("shards")), batch -> seen.addAll(batch.events())));
        for (int i = 0; i < 10; i++) {
            one(new Samples("shard-" + i).type("note:written", "shards"));
        }
        NODES.eventually(() -> seen.size() == 10);
        for (int i = 0; i < 10; i++) {
            assertEquals(i + 1, Objects.requireNonNull(seen.get(i).position()).offset());
        }
    }

    private static Outcome one(Samples event) throws Exception {
        return NODES.await(commit(event)).get(0);
    }

    private static Future<List<Outcome>> commit(Samples... events) {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList());
        return NODES.bus().request(Addresses.COMMIT, batch).map(outcomes -> outcomes.outcomes());
    }

    private static HistoryPage history(String stream, long after, int limit) throws Exception {
        return NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, after, limit, false));
    }

    private static EntityState entity(String id) throws Exception {
        return NODES.ask(Addresses.ENTITY, new EntityQuery(new EntityRef("order", "orders", id), true));
    }

    private static List<Long> offsets(HistoryPage page) {
        return page.events().stream()
                .map(event -> Objects.requireNonNull(event.position()).offset())
                .toList();
    }

    private static String text(byte @Nullable [] json) {
        return new String(Objects.requireNonNull(json), StandardCharsets.UTF_8);
    }
}
