package io.millrace.sources.postgres;

import static io.millrace.sources.postgres.PostgresChangesTest.ORDERS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What may happen to a source's database, its slot and its node. */
@Tag("slow")
@Timeout(180)
@SuppressWarnings("NullAway.Init")
class PostgresFaultsTest {
    private static PostgresFixture fixture;
    private volatile boolean writing = true;

    @BeforeAll
    static void start() throws Exception {
        fixture = new PostgresFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static void awaitProblem(PostgresFixture.Node node, String... words) {
        await().until(() -> List.of(words).stream().allMatch(node.problem()::contains));
    }

    @Test
    void whatIsMissingIsToldWithItsSqlAndNothingIsWritten() throws Exception {
        PostgresFixture.Node node = fixture.node("tables: [orders]");
        awaitProblem(node, "there is no table public.orders");
        fixture.sql("create table orders (id int primary key)");
        String publication = "CREATE PUBLICATION \"millrace_shop\" FOR TABLE \"public\".\"orders\"";
        awaitProblem(node, "doesn't exist: run " + publication);
        assertEquals("0", fixture.ask("select count(*) from pg_publication"));
        fixture.sql(publication);
        String slot = "SELECT pg_create_logical_replication_slot('millrace_shop', 'pgoutput')";
        awaitProblem(node, "run " + slot);
        assertEquals("0", fixture.ask("select count(*) from pg_replication_slots"));
        fixture.sql(slot);
        await().until(node::isRunning);
        fixture.sql("insert into orders values (1)");
        await().until(() -> fixture.events().size() == 1);
    }

    @Test
    void aTableWithoutAPrimaryKeyIsReadWithoutASnapshotOnly() throws Exception {
        fixture.sql("create table orders (n int)", "insert into orders values (1), (1)");
        awaitProblem(fixture.node(ORDERS), "no primary key", "snapshot: never");
        fixture.forget();
        fixture.sql("create table orders (n int)", "insert into orders values (1)");
        PostgresFixture.Node node = fixture.node(ORDERS + "\nsnapshot: never");
        awaitProblem(node, "no replica identity");
        fixture.sql("alter table orders replica identity full");
        await().until(node::isRunning);
        fixture.sql("insert into orders values (2), (2)");
        await().until(() -> fixture.events().size() == 2);
        assertTrue(fixture.changes().stream()
                .allMatch(change -> change.getString("op").equals("insert")));
    }

    @Test
    void aSlotThatIsLostIsToldUntilTheOperatorHasTheSourceBeginAnew() throws Exception {
        fixture.sql("create table orders (id int primary key)", "insert into orders values (1)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(() -> fixture.events().size() == 1);
        node.stop();
        fixture.sql("select pg_drop_replication_slot('millrace_shop')", "insert into orders values (2)");
        PostgresFixture.Node second = fixture.node(ORDERS);
        awaitProblem(second, "the slot millrace_shop doesn't exist", "Changes are missing", "again: \"1\"");
        assertEquals("0", fixture.ask("select count(*) from pg_replication_slots"), "it isn't made by itself");
        fixture.sql("select pg_create_logical_replication_slot('millrace_shop', 'pgoutput')");
        fixture.sql("insert into orders values (3)");
        awaitProblem(second, "was made anew", "Changes are missing");
        assertEquals(1, fixture.events().size());
        second.stop();

        PostgresFixture.Node third = fixture.node(ORDERS + "\nagain: \"1\"");
        await().until(() -> fixture.events().size() == 4);
        await().until(third::isRunning);
        assertEquals(List.of(), fixture.conflicts());
        fixture.sql("insert into orders values (4)");
        await().until(() -> fixture.events().size() == 5);
        assertEquals(
                new TreeSet<>(Set.of(1, 2, 3, 4)),
                fixture.changes().stream()
                        .map(change -> change.getJsonObject("after").getInteger("id"))
                        .collect(java.util.stream.Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void aSlotWhoseLogWasRemovedIsTold() throws Exception {
        fixture.sql("create table orders (id int primary key)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(node::isRunning);
        node.stop();
        fixture.sql(
                "alter system set max_slot_wal_keep_size = '1MB'",
                "select pg_reload_conf()",
                "create table other as select n, repeat('x', 500) from generate_series(1, 20000) n",
                "select pg_switch_wal()",
                "checkpoint");
        try {
            PostgresFixture.Node next = fixture.node(ORDERS);
            awaitProblem(next, "is lost (wal_removed)", "Changes are missing");
            await().until(() -> fixture.alerts.size() == 1);
            await().until(() -> next.restarts() >= 6);
            assertEquals(1, fixture.alerts.size(), "told once, however often it is tried");
        } finally {
            fixture.sql("alter system reset max_slot_wal_keep_size", "select pg_reload_conf()");
        }
    }

    @Test
    @Tag("long")
    void theDatabaseMayBeAwayAtTheStartAndLater() throws Exception {
        fixture.sql("create table orders (id int primary key)");
        fixture.server.kill();
        PostgresFixture.Node node = fixture.node(ORDERS);
        awaitProblem(node, "doesn't answer");
        fixture.server.restart();
        await().until(node::isRunning);
        fixture.sql("insert into orders values (1)");
        await().until(() -> fixture.events().size() == 1);
        fixture.server.kill();
        awaitProblem(node, "failing");
        fixture.server.restart();
        fixture.sql("insert into orders values (2)");
        await().until(() -> fixture.events().size() == 2);
        assertEquals(List.of(), fixture.conflicts());
    }

    @Test
    void aTableThatIsAddedIsReadFromItsBeginning() throws Exception {
        fixture.sql(
                "create table orders (id int primary key)",
                "create table items (id int primary key)",
                "insert into orders values (1)",
                "insert into items values (1)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(() -> fixture.events().size() == 1);
        node.stop();
        fixture.node("tables: [orders, items]\ncreate: true");
        await().until(() -> fixture.events().size() == 2);
        fixture.sql("insert into items values (2)", "insert into orders values (2)");
        await().until(() -> fixture.events().size() == 4);
        assertEquals(0, fixture.duplicates());
    }

    @Test
    void aNodeThatDiesUnderLoadLosesAndDoublesNothing() throws Exception {
        kills(1);
    }

    @Test
    @Tag("long")
    @Timeout(300)
    void tenNodesThatDieUnderLoadLoseAndDoubleNothing() throws Exception {
        kills(10);
    }

    @Test
    @Tag("long")
    void theSlotOfAQuietTableDoesNotHoldBackTheLog() throws Exception {
        fixture.sql("create table orders (id int primary key)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(node::isRunning);
        fixture.sql("create table other as select n, repeat('x', 500) from generate_series(1, 10000) n");
        String end = fixture.ask("select pg_current_wal_lsn()");
        await().until(() -> fixture.ask("select confirmed_flush_lsn >= '" + end + "' from pg_replication_slots")
                .equals("t"));
        fixture.sql("insert into orders values (1)");
        await().until(() -> fixture.events().size() == 1);
        assertEquals("null", node.problem());
    }

    private void kills(int count) throws Exception {
        fixture.sql(
                "create table orders (id int primary key, version int, note text)",
                "insert into orders select n, 0, repeat('x', 100) from generate_series(1, 3000) n");
        ExecutorService writer = Executors.newSingleThreadExecutor();
        try {
            PostgresFixture.Node node = fixture.node(ORDERS);
            await().until(node::isRunning);
            await().until(() -> fixture.events().size() == 3_000);
            Future<Set<String>> written = writer.submit(this::write);
            for (int i = 0; i < count; i++) {
                int before = fixture.events().size();
                await().until(() -> fixture.events().size() > before + 200);
                node.die();
                node = fixture.node(ORDERS);
            }
            writing = false;
            Set<String> expected = written.get(20, TimeUnit.SECONDS);
            await().until(() -> versions().containsAll(expected));
            assertTrue(expected.size() > 100, "there was a load");
            checkOracle();
        } finally {
            writer.shutdownNow();
        }
    }

    /** Inserts and changes rows until it is told to stop; returns each version that was committed. */
    private Set<String> write() throws SQLException {
        Set<String> written = new HashSet<>();
        Map<Integer, Integer> versions = new HashMap<>();
        try (Connection connection = fixture.connect();
                PreparedStatement change = connection.prepareStatement(
                        "insert into orders values (?, ?, 'n') on conflict (id) do update set version = excluded.version")) {
            connection.setAutoCommit(false);
            for (int i = 0; writing; i++) {
                for (int row = 0; row < 3; row++) {
                    int id = i % 7 == 0 ? 1 + i % 3000 : 10_000 + i * 3 + row;
                    int version = versions.merge(id, 1, Integer::sum);
                    change.setInt(1, id);
                    change.setInt(2, version);
                    change.executeUpdate();
                    written.add(id + "/" + version);
                }
                connection.commit();
                java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
            }
        }
        return written;
    }

    private Set<String> versions() {
        Set<String> all = new HashSet<>();
        fixture.changes().stream()
                .filter(change -> change.containsKey("after"))
                .forEach(change -> all.add(version(change)));
        return all;
    }

    private static String version(JsonObject change) {
        JsonObject row = change.getJsonObject("after");
        return row.getInteger("id") + "/" + row.getInteger("version");
    }

    /** Each row of a snapshot and each change is told once, and together they make the table as it is. */
    private static void checkOracle() throws Exception {
        Map<String, Integer> told = new HashMap<>();
        Map<Integer, String> state = new HashMap<>();
        fixture.changes().forEach(change -> {
            boolean row = change.containsKey("after");
            String what = row ? version(change) : change.getJsonObject("key").encode();
            told.merge((change.getString("op").equals("read") ? "row " : "change ") + what, 1, Integer::sum);
            int id = change.getJsonObject("key").getInteger("id");
            if (row) {
                state.put(id, version(change));
            } else {
                state.remove(id);
            }
        });
        told.values().removeIf(times -> times == 1);
        assertEquals(Map.of(), told, "doubled");
        assertEquals(List.of(), fixture.conflicts());
        assertEquals(
                fixture.ask("select string_agg(id || '/' || version, ',' order by id) from orders"),
                new java.util.TreeMap<>(state).values().stream().collect(java.util.stream.Collectors.joining(",")));
    }

    @Test
    void anInterruptedSnapshotBeginsAgainWithoutLossOrDouble() throws Exception {
        fixture.sql(
                "create table orders (id int primary key, version int, note text)",
                "insert into orders select n, 0, repeat('x', 1000) from generate_series(1, 5000) n");
        PostgresFixture.Node first = fixture.node(ORDERS);
        await().until(() -> fixture.events().size() > 500);
        fixture.down = new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away");
        fixture.sql(
                "update orders set version = 1 where id <= 10 or id > 4990",
                "insert into orders values (9001, 0, 'new')",
                "delete from orders where id = 2",
                "delete from orders where id = 3",
                "insert into orders values (3, 5, 'again')");
        first.die();
        fixture.down = null;
        int before = fixture.events().size();
        assertTrue(before < 5_000, "it was interrupted");
        PostgresFixture.Node second = fixture.node(ORDERS);
        await().until(() -> versions().contains("9001/0") && versions().contains("5000/1"));
        await().until(second::isRunning);
        fixture.sql("update orders set version = 2 where id = 1");
        await().until(() -> versions().contains("1/2"));
        checkOracle();
    }
}
