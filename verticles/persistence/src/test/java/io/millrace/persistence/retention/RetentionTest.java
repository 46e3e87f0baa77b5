package io.millrace.persistence.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.vertx.sqlclient.Pool;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is past its time goes, from a real PostgreSQL; three nodes could remove it. */
@Timeout(120)
class RetentionTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture(
            Map.of("persistence.retention.every", "100ms", "persistence.retention.changes", "60d"));

    @Test
    void eachNamespaceHasAHistoryOfItsOwn() throws Exception {
        for (String stream : List.of("notes", "room:1", "records", "of-no-pack")) {
            fill(stream, 5);
        }
        age("notes", 3, "31 days");
        age("room:1", 2, "61 minutes");
        age("records", 5, "3000 days");
        age("of-no-pack", 5, "3000 days");
        awaitOldest("notes", 4);
        awaitOldest("room:1", 3);
        HistoryPage page = page("notes", 1);
        assertEquals(4, page.oldest());
        assertEquals(5, page.head());
        assertEquals(List.of(4L, 5L), offsets(page));
        assertEquals(List.of(3L, 4L, 5L), offsets(page("room:1", 0)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), offsets(page("records", 0)));
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), offsets(page("of-no-pack", 0)));
        assertEquals(2, rows("notes"), "the rows are gone");
    }

    @Test
    void noOffsetIsGivenTwiceWhenAllEventsAreGone() throws Exception {
        fill("room:all", 5);
        String epoch = page("room:all", 0).epoch();
        age("room:all", 5, "2 hours");
        awaitOldest("room:all", 6);
        NODES.deployAnother();
        HistoryPage empty = page("room:all", 2);
        assertEquals(new HistoryPage("room:all", epoch, 6, 5, List.of()), empty);
        assertTrue(NODES.ask(Addresses.HEADS, new HeadsQuery(0)).heads().stream()
                .anyMatch(head -> head.stream().equals("room:all") && head.offset() == 5));
        assertEquals(
                new Position(epoch, 6),
                commit(new Samples("after-all").type("room:said", "room:all")).position());
        assertEquals(List.of(6L), offsets(page("room:all", 0)));
    }

    @Test
    void aRepeatIsRecognisedForAsLongAsHistoryHasTheEvent() throws Exception {
        Samples event = new Samples("repeated").type("room:said", "room:repeats");
        Position first = commit(event).position();
        Outcome repeat = send(event);
        assertEquals(Status.DUPLICATE, repeat.status());
        assertEquals(first, repeat.position());
        age("room:repeats", 1, "2 hours");
        awaitOldest("room:repeats", 2);
        assertEquals(2, Objects.requireNonNull(commit(event).position()).offset());
        assertEquals(Status.DUPLICATE, send(event).status());
    }

    @Test
    void theAuditOutlivesTheEventsAndGoesWhenItsOwnTimeIsOver() throws Exception {
        for (int i = 1; i <= 4; i++) {
            commit(new Samples("audit-" + i)
                    .order("order:changed", "audited")
                    .type("order:changed", "room:audit")
                    .data("{'n':" + i + "}"));
        }
        EntityRef order = new EntityRef("order", "room:audit", "audited");
        age("room:audit", 3, "2 hours");
        // Older than the audit is kept, but the last one's event is there.
        NODES.count("with aged as (update changes set at = at - interval '61 days' where id = 'audited'"
                + " and version in (1, 4) returning 1) select count(*) from aged");
        awaitOldest("room:audit", 4);
        EntityHistory audit =
                NODES.ask(Addresses.ENTITY_HISTORY, new EntityHistoryQuery(order, Long.MAX_VALUE, 10, 1 << 20));
        assertEquals(
                List.of(4L, 3L, 2L),
                audit.changes().stream()
                        .map(EntityHistory.Change::version)
                        .toList()
                        .subList(0, 3));
        EntityHistory.Change kept = audit.changes().get(0);
        assertFalse(kept.isRemoved());
        assertEquals("audit-4", kept.event().id());
        EntityHistory.Change change = audit.changes().get(1);
        assertTrue(change.isRemoved());
        assertEquals("u-1", change.event().publisher());
        assertEquals("{\"n\":3}", change.after());
        assertEquals("{\"n\":2}", change.before());
        assertEquals(3, change.position().offset());
        assertEquals("{\"n\":4}", state(order));

        MeterRegistry metrics = new SimpleMeterRegistry();
        Pool pool = NODES.pool();
        NODES.await(pool.getConnection().compose(connection -> new ChangeRetention(
                        Duration.ofDays(60), new Pace(NODES.vertx(), 100), metrics, () -> false)
                .sweep(connection)
                .eventually(connection::close)));
        NODES.await(pool.close());
        assertEquals(1, metrics.counter("millrace.persistence.removed.changes").count());
        assertEquals(
                List.of(4L, 3L, 2L),
                NODES
                        .ask(Addresses.ENTITY_HISTORY, new EntityHistoryQuery(order, Long.MAX_VALUE, 10, 1 << 20))
                        .changes()
                        .stream()
                        .map(EntityHistory.Change::version)
                        .toList());
    }

    @Test
    void anEventThatIsCommittedLateUndoesNothingOfARemovedOne() throws Exception {
        EntityRef order = new EntityRef("order", "room:late", "late");
        commit(new Samples("late-1")
                .order("order:changed", "late")
                .type("order:changed", "room:late")
                .accepted(1));
        commit(new Samples("late-3")
                .order("order:changed", "late")
                .type("order:changed", "room:late")
                .data("{'a':'new'}")
                .accepted(3_000));
        age("room:late", 2, "2 hours");
        awaitOldest("room:late", 3);
        commit(
                CommitPath.queued(3, 1),
                new Samples("late-2")
                        .order("order:changed", "late")
                        .type("order:changed", "room:late")
                        .data("{'a':'old','b':1}")
                        .accepted(2_000));
        assertEquals("{\"a\":\"new\",\"b\":1}", state(order));
    }

    @Test
    void whereSomebodyHasDeletedTheOldestEventsTheNextOneIsFound() throws Exception {
        fill("room:hole", 5);
        NODES.count("with gone as (delete from events e using streams s where s.id = e.stream and s.name = 'room:hole'"
                + " and pos <= 3 returning 1) select count(*) from gone");
        awaitOldest("room:hole", 4);
        age("room:hole", 4, "2 hours");
        awaitOldest("room:hole", 5);
        assertEquals(List.of(5L), offsets(page("room:hole", 0)));
    }

    @Test
    void oneNodeRemovesAndAnotherTakesOverWhenItsConnectionEnds() throws Exception {
        String holders = "select count(*) from pg_locks where locktype = 'advisory' and granted and database ="
                + " (select oid from pg_database where datname = current_database())";
        NODES.eventually(() -> count(holders) == 1);
        long before = holder();
        NODES.count("select count(*) from (select pg_terminate_backend(" + before + ")) ended");
        NODES.eventually(() -> count(holders) == 1 && holder() != before);
        assertNotEquals(before, holder());
        fill("room:taken", 2);
        age("room:taken", 1, "2 hours");
        awaitOldest("room:taken", 2);
    }

    @Test
    void aStepWaitsForTheLockOfItsStreamAloneAndACommitDoesNotWaitForAStep() throws Exception {
        fill("room:locked", 3);
        var session = NODES.connect();
        NODES.await(session.query("begin").execute());
        NODES.await(session.query("select 1 from streams where name = 'room:locked' for update")
                .execute());
        age("room:locked", 3, "2 hours");
        NODES.eventually(() -> count("select count(*) from pg_stat_activity where application_name ="
                        + " 'millrace-retention' and wait_event_type = 'Lock'")
                == 1);
        commit(new Samples("beside").type("room:said", "room:beside"));
        assertEquals(3, rows("room:locked"), "nothing is seen of a step that isn't complete");
        NODES.await(session.query("rollback").execute());
        awaitOldest("room:locked", 4);
        NODES.await(session.close());
    }

    @Test
    void aStepReadsNoMoreThanItMayRemove() throws Exception {
        String events = plan(RetentionSql.REMOVE_EVENTS, "1", "1", "100", "1000");
        String window = "\\(stream = 1\\) AND \\(pos >= 1\\) AND \\(pos < '101'::bigint\\)";
        assertEquals(2, events.split(window, -1).length - 1, events);
        assertTrue(events.contains("Index Scan using streams_pkey"), events);
        assertFalse(events.contains("Seq Scan"), events);
        String changes = plan(RetentionSql.REMOVE_CHANGES, "0", "64", "1000");
        assertTrue(changes.contains("Tid Range Scan on changes"), changes);
        assertFalse(changes.contains("Seq Scan"), changes);
        assertFalse(plan(RetentionSql.STREAMS, "0", "500").contains("Seq Scan"));
    }

    private static String plan(String sql, String... parameters) throws Exception {
        String filled = sql;
        for (int i = parameters.length; i > 0; i--) {
            filled = filled.replace("$" + i, parameters[i - 1]);
        }
        String explained = "explain " + filled;
        var session = NODES.connect();
        try {
            NODES.await(session.query("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off")
                    .execute());
            StringBuilder plan = new StringBuilder();
            NODES.await(session.query(explained).execute())
                    .forEach(row -> plan.append(row.getString(0)).append('\n'));
            return plan.toString();
        } finally {
            NODES.await(session.close());
        }
    }

    private static long holder() {
        return count("select coalesce(max(pid), 0) from pg_locks where locktype = 'advisory' and granted");
    }

    private static void fill(String stream, int events) throws Exception {
        for (int i = 1; i <= events; i++) {
            commit(new Samples(stream + "-" + i).type("note:written", stream));
        }
    }

    /** The events up to an offset were committed that much earlier. */
    private static void age(String stream, int offset, String earlier) throws Exception {
        assertEquals(
                offset,
                NODES.count("with aged as (update events e set committed_at = committed_at - interval '" + earlier
                        + "' from streams s where s.id = e.stream and s.name = '" + stream + "' and pos <= " + offset
                        + " returning 1) select count(*) + (select oldest - 1 from streams where name = '" + stream
                        + "') from aged"));
    }

    private static void awaitOldest(String stream, long offset) {
        NODES.eventually(() -> count("select oldest from streams where name = '" + stream + "'") == offset);
        assertEquals(
                0,
                count("select count(*) from events e join streams s on s.id = e.stream where s.name = '" + stream
                        + "' and pos < oldest"));
    }

    private static long rows(String stream) {
        return count("select count(*) from events e join streams s on s.id = e.stream where s.name = '" + stream + "'");
    }

    private static long count(String sql) {
        try {
            return NODES.count(sql);
        } catch (Exception failed) {
            throw new AssertionError(sql, failed);
        }
    }

    private static HistoryPage page(String stream, long after) throws Exception {
        return NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, after, 10, false));
    }

    private static List<Long> offsets(HistoryPage page) {
        return page.events().stream()
                .map(each -> Objects.requireNonNull(each.position()).offset())
                .toList();
    }

    private static String state(EntityRef entity) throws Exception {
        return new String(
                Objects.requireNonNull(NODES.ask(Addresses.ENTITY, new EntityQuery(entity, true))
                        .state()),
                StandardCharsets.UTF_8);
    }

    private static Outcome commit(Samples event) throws Exception {
        return commit(CommitPath.DIRECT, event);
    }

    private static Outcome commit(CommitPath path, Samples event) throws Exception {
        Outcome outcome = send(path, event);
        if (outcome.status() == Status.FAILED && outcome.failure() == Failure.UNAVAILABLE) {
            outcome = send(path, event);
        }
        assertEquals(Status.COMMITTED, outcome.status(), outcome::toString);
        return outcome;
    }

    private static Outcome send(Samples event) throws Exception {
        return send(CommitPath.DIRECT, event);
    }

    private static Outcome send(CommitPath path, Samples event) throws Exception {
        return NODES.ask(Addresses.COMMIT, new EventBatch(List.of(event.event()), path))
                .outcomes()
                .get(0);
    }
}
