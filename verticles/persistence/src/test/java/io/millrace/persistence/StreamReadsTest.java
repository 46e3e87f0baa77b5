package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream as it stands, and where it stood, from a real PostgreSQL. */
@Timeout(120)
class StreamReadsTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void theEntitiesOfAStreamAreThoseThatAreStillThereWhateverAnotherStreamCallsItsOwn() throws Exception {
        commit(
                of("shelf", "s-1", "first").data("{'a':1}"),
                of("shelf", "s-2", "second").data("{'b':1}"),
                of("shelf", "s-3", "third"),
                of("shelf", "s-4", "first").data("{'c':[2]}"));
        commit(new Samples("s-5").order("order:deleted", "third").type("order:deleted", "shelf"));
        Outcome end = commit(of("elsewhere", "s-6", "second"), new Samples("s-7").type("note:written", "shelf"))
                .get(1);
        EntitySnapshot page = state("shelf", 10);
        assertEquals(end.position(), page.position());
        assertEquals(List.of("order first 2 {\"a\":1,\"c\":[2]}", "order second 1 {\"b\":1}"), shown(page));
        assertTrue(page.complete());
        assertEquals(List.of("order second 1 {}"), shown(state("elsewhere", 10)));
    }

    @Test
    void aStreamWithoutEntitiesHasAPositionAndOneWithoutEventsIsEmpty() throws Exception {
        Outcome said = commit(new Samples("r-1").type("room:said", "room:1")).get(0);
        assertEquals(new EntitySnapshot("room:1", position(said), List.of(), true), state("room:1", 10));
        assertEquals(new EntitySnapshot("nowhere", Position.EMPTY, List.of(), true), state("nowhere", 10));
    }

    @Test
    void aSnapshotBeyondTheLimitHasTheEntitiesThatChangedLast() throws Exception {
        for (int i = 0; i < 5; i++) {
            commit(of("many", "m-" + i, "many-" + i));
        }
        commit(of("many", "m-again", "many-1"));
        EntitySnapshot some = state("many", 3);
        assertEquals(List.of("many-1", "many-4", "many-3"), ids(some));
        assertFalse(some.complete());
        EntitySnapshot all = state("many", 5);
        assertEquals(List.of("many-1", "many-4", "many-3", "many-2", "many-0"), ids(all));
        assertTrue(all.complete());
    }

    @Test
    void onlyVisibleEntitiesCountForTheLimit() throws Exception {
        for (int i = 0; i < 4; i++) {
            commit(
                    owned("sh-a" + i, "anna-" + i, "anna"),
                    owned("sh-b" + i, "bert-" + i, "bert"),
                    of("shared", "sh-n" + i, "nobody-" + i));
        }
        Set<String> none = Set.of();
        Set<String> orders = Set.of("order");
        EntitySnapshot all = seen(4, none, orders, "anna");
        assertEquals(List.of("anna-3", "anna-2", "anna-1", "anna-0"), ids(all));
        assertTrue(all.complete());
        assertEquals(state("shared", 1).position(), all.position());
        EntitySnapshot some = seen(3, none, orders, "anna");
        assertEquals(List.of("anna-3", "anna-2", "anna-1"), ids(some));
        assertFalse(some.complete());
        assertEquals(12, ids(seen(100, orders, none, "anna")).size());
        for (EntitySnapshot nothing : List.of(
                seen(100, none, none, "anna"),
                seen(100, none, orders, "carl"),
                seen(100, Set.of("room"), Set.of("room"), "anna"))) {
            assertEquals(List.of(), ids(nothing));
            assertTrue(nothing.complete());
            assertEquals(all.position(), nothing.position());
        }
    }

    @Test
    void aSnapshotBeyondTheByteLimitHasTheEntitiesThatChangedLast() throws Exception {
        // 1 MiB is held; the last one may reach beyond.
        String large = "{'x':'" + "y".repeat(250 << 10) + "'}";
        for (int i = 0; i < 6; i++) {
            commit(of("large", "large-" + i, "large-" + i).data(large));
        }
        EntitySnapshot page = state("large", 10);
        assertEquals(List.of("large-5", "large-4", "large-3", "large-2", "large-1"), ids(page));
        assertFalse(page.complete());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{'tags':['eu']}"})
    void aPageOfHistoryIsBoundedByItsBytesAndTheNextOneContinues(String metadata) throws Exception {
        String stream = "pages-" + metadata.length();
        // 256 KiB are told at once; the last event may reach beyond.
        String large = "{'x':'" + "y".repeat(64 << 10) + "'}";
        for (int i = 1; i <= 12; i++) {
            commit(new Samples(stream + "-" + i)
                    .type("note:written", stream)
                    .data(i % 6 == 0 ? "{}" : large)
                    .metadata(metadata));
        }
        List<Long> read = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        for (long after = 0; after < 12; after = read.get(read.size() - 1)) {
            HistoryPage page = NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, after, 1_000, false));
            assertEquals(12, page.head());
            sizes.add(page.events().size());
            read.addAll(offsets(page));
        }
        assertEquals(LongStream.rangeClosed(1, 12).boxed().toList(), read);
        assertEquals(List.of(4, 5, 3), sizes);

        HistoryPage last = NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, 0, 1_000, true));
        assertEquals(List.of(8L, 9L, 10L, 11L, 12L), offsets(last), "the newest, oldest first");
    }

    /** Whoever follows a stream reads its end again and again; the others' pages must not be shorter for it. */
    @Test
    void aPageAtTheEndOfAStreamMakesNoOtherPageShorter() throws Exception {
        commit(IntStream.range(0, 40)
                .mapToObj(i -> of("tail", "tail-" + i, "tail-" + i))
                .toArray(Samples[]::new));
        for (int i = 0; i < 4; i++) {
            for (long after : List.of(39L, 40L)) {
                HistoryPage end = NODES.ask(Addresses.HISTORY, new HistoryQuery("tail", after, 1_000, false));
                assertEquals(40 - after, end.events().size());
            }
            for (boolean last : List.of(true, false)) {
                HistoryPage all = NODES.ask(Addresses.HISTORY, new HistoryQuery("tail", 0, 1_000, last));
                assertEquals(40, all.events().size());
            }
        }
    }

    @Test
    void anEventLargerThanAPageIsReturned() throws Exception {
        commit(new Samples("giant").type("note:written", "giants").data("{'x':'" + "y".repeat(300 << 10) + "'}"));
        commit(new Samples("dwarf").type("note:written", "giants"));
        assertEquals(
                1,
                NODES.ask(Addresses.HISTORY, new HistoryQuery("giants", 0, 10, false))
                        .events()
                        .size());
    }

    @Test
    void aStateIsNeverAheadOfItsPositionNorBehindIt() throws Exception {
        List<Future<List<Outcome>>> commits = new ArrayList<>();
        List<Future<EntitySnapshot>> pages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            commits.add(send(of("moving", "moving-" + i, "counter-" + i % 5).priority(Priority.values()[i % 4])));
            pages.add(NODES.bus().request(Addresses.STATE, new EntitySnapshotQuery("moving", 10)));
        }
        for (Future<List<Outcome>> each : commits) {
            NODES.await(each);
        }
        for (Future<EntitySnapshot> each : pages) {
            EntitySnapshot page = NODES.await(each);
            // Each event makes one version of one entity.
            assertEquals(
                    page.position().offset(),
                    page.entities().stream()
                            .mapToLong(EntitySnapshot.Entity::version)
                            .sum());
        }
    }

    @Test
    void aLaterCommitHasALaterTimeOnEveryNode() throws Exception {
        List<Future<List<Outcome>>> commits = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            commits.add(
                    send(new Samples("time-" + i).type("note:written", "times").priority(Priority.values()[i % 4])));
        }
        for (Future<List<Outcome>> each : commits) {
            NODES.await(each);
        }
        assertEquals(
                0,
                NODES.count(
                        "select count(*) from (select committed_at < lag(committed_at) over (order by pos) as earlier"
                                + " from events e join streams s on s.id = e.stream where s.name = 'times') pairs where earlier"));
    }

    @Test
    void aMomentIsBeforeTheFirstEventCommittedAtOrAfterIt() throws Exception {
        Map<Long, Long> times = new HashMap<>();
        for (long i = 1; i <= 9; i++) {
            commit(new Samples("moment-" + i).type("note:written", "moments"));
            times.put(
                    i,
                    NODES.count("select (extract(epoch from committed_at) * 1000000)::bigint from events"
                            + " where id = 'moment-" + i + "'"));
        }
        for (long i = 1; i <= 9; i++) {
            long time = Objects.requireNonNull(times.get(i));
            assertEquals(i - 1, moment("moments", time).position().offset());
            assertEquals(i, moment("moments", time + 1).position().offset());
        }
        assertEquals(new PositionAtTime(new Position(epoch("moments"), 0), true), moment("moments", 0));
        assertEquals(
                new PositionAtTime(new Position(epoch("moments"), 9), true), moment("moments", Long.MAX_VALUE / 2));
        assertEquals(new PositionAtTime(Position.EMPTY, true), moment("unheard", 0));
    }

    @Test
    void aTimeBeforeTheKeptHistoryIsReportedAsIncomplete() throws Exception {
        for (int i = 1; i <= 5; i++) {
            commit(new Samples("gone-" + i).type("note:written", "gone"));
        }
        NODES.count("with old as (delete from events using streams s where s.id = stream and s.name = 'gone'"
                + " and pos <= 3 returning 1), moved as (update streams set oldest = 4 where name = 'gone')"
                + " select count(*) from old");
        long kept = NODES.count(
                "select (extract(epoch from committed_at) * 1000000)::bigint from events where id = 'gone-4'");
        String epoch = epoch("gone");
        assertEquals(new PositionAtTime(new Position(epoch, 3), false), moment("gone", 0));
        assertEquals(new PositionAtTime(new Position(epoch, 3), false), moment("gone", kept));
        assertEquals(new PositionAtTime(new Position(epoch, 4), true), moment("gone", kept + 1));
        NODES.count("with old as (delete from events using streams s where s.id = stream and s.name = 'gone'"
                + " returning 1), moved as (update streams set oldest = 6 where name = 'gone')"
                + " select count(*) from old");
        assertEquals(new PositionAtTime(new Position(epoch, 5), false), moment("gone", kept));
        long changed = NODES.count(
                "select (extract(epoch from changed_at) * 1000000)::bigint from streams where name = 'gone'");
        assertEquals(
                new PositionAtTime(new Position(epoch, 5), true),
                moment("gone", changed + 1),
                "nothing was committed since then, so that nothing is missing");
    }

    private static Samples of(String stream, String id, String order) {
        return new Samples(id).order("order:changed", order).type("order:changed", stream);
    }

    /** As a sender does: what is answered as unavailable, on a machine that is busy, is sent again. */
    private static List<Outcome> commit(Samples... events) throws Exception {
        List<Outcome> outcomes = NODES.await(send(events)
                .recover(late -> MillraceException.of(late).failure() == Failure.UNAVAILABLE
                        ? send(events)
                        : Future.failedFuture(late)));
        outcomes.forEach(outcome -> assertTrue(
                outcome.status() == Status.COMMITTED || outcome.status() == Status.DUPLICATE, outcome::toString));
        return outcomes;
    }

    private static Future<List<Outcome>> send(Samples... events) {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList());
        return NODES.bus().request(Addresses.COMMIT, batch).map(outcomes -> outcomes.outcomes());
    }

    private static List<Long> offsets(HistoryPage page) {
        return page.events().stream()
                .map(each -> Objects.requireNonNull(each.position()).offset())
                .toList();
    }

    private static EntitySnapshot state(String stream, int limit) throws Exception {
        return NODES.ask(Addresses.STATE, new EntitySnapshotQuery(stream, limit));
    }

    private static Samples owned(String id, String order, String owner) {
        return of("shared", id, order).owner(owner).data("{'customer':'" + owner + "'}");
    }

    private static EntitySnapshot seen(int limit, Set<String> all, Set<String> own, String user) throws Exception {
        return NODES.ask(
                Addresses.STATE,
                new EntitySnapshotQuery("shared", limit, new EntitySnapshotQuery.View(user, all, own)));
    }

    private static PositionAtTime moment(String stream, long micros) throws Exception {
        return NODES.ask(Addresses.POSITION_AT, new PositionAtTimeQuery(stream, micros));
    }

    private static Position position(Outcome outcome) {
        return Objects.requireNonNull(outcome.position());
    }

    private static String epoch(String stream) throws Exception {
        return state(stream, 1).position().epoch();
    }

    private static List<String> ids(EntitySnapshot page) {
        return page.entities().stream().map(entity -> entity.ref().id()).toList();
    }

    private static List<String> shown(EntitySnapshot page) {
        return page.entities().stream()
                .map(entity -> entity.ref().kind() + " " + entity.ref().id() + " " + entity.version() + " "
                        + new String(entity.state(), StandardCharsets.UTF_8))
                .toList();
    }
}
