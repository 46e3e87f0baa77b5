package io.millrace.sources.postgres;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of the changes of a real PostgreSQL. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class PostgresChangesTest {
    static final String ORDERS = "tables: [orders]\ncreate: true";

    private static PostgresFixture fixture;

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

    private static void awaitChanges(int count) {
        await().until(() -> fixture.events().size() >= count);
        assertEquals(count, fixture.events().size(), () -> fixture.changes().toString());
    }

    @Test
    void rowsThatAreThereAndEachChangeBecomeEvents() throws Exception {
        fixture.sql(
                "create table orders (id int primary key, status text, total numeric(10, 2))",
                "insert into orders values (1, 'new', 10.50), (2, null, 7)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        awaitChanges(2);
        fixture.sql(
                "insert into orders values (3, 'ü𝄞', 1)",
                "update orders set status = 'paid' where id = 1",
                "delete from orders where id = 2",
                "update orders set id = 4 where id = 3",
                "truncate orders");
        awaitChanges(8);
        List<JsonObject> changes = fixture.changes();
        assertEquals("read", changes.get(0).getString("op"));
        assertEquals(
                new JsonObject("{\"id\":1,\"status\":\"new\",\"total\":10.50}"),
                changes.get(0).getJsonObject("after"));
        assertNull(changes.get(1).getJsonObject("after").getString("status"));
        JsonObject insert = changes.get(2);
        assertEquals("insert", insert.getString("op"));
        assertEquals("public.orders", insert.getString("table"));
        assertEquals(new JsonObject().put("id", 3), insert.getJsonObject("key"));
        assertEquals("ü𝄞", insert.getJsonObject("after").getString("status"));
        assertTrue(insert.getString("lsn").contains("/"), insert::encode);
        assertEquals("update", changes.get(3).getString("op"));
        assertEquals("paid", changes.get(3).getJsonObject("after").getString("status"));
        JsonObject delete = changes.get(4);
        assertEquals("delete", delete.getString("op"));
        assertFalse(delete.containsKey("after"));
        assertEquals(new JsonObject().put("id", 2), delete.getJsonObject("before"), "only what is known");
        assertEquals("delete", changes.get(5).getString("op"));
        assertEquals("insert", changes.get(6).getString("op"), "a key that changes is another row");
        assertEquals("truncate", changes.get(7).getString("op"));
        assertEquals(0, fixture.duplicates());
        await().until(() -> node.gauge("millrace.source.lag.bytes") >= 0);
        assertEquals("null", node.problem());
    }

    @Test
    void theRowsOfPartitionsAreThoseOfTheTableThatIsPartitioned() throws Exception {
        fixture.sql(
                "create table orders (id int primary key, note text) partition by range (id)",
                "create table orders_low partition of orders for values from (0) to (100)",
                "create table orders_high partition of orders for values from (100) to (200)",
                "insert into orders values (1, 'a'), (101, 'b')",
                "create publication millrace_shop for table orders");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(() -> node.problem().contains("SET (publish_via_partition_root = true)"));
        fixture.sql("drop publication millrace_shop");
        awaitChanges(2);
        fixture.sql("insert into orders values (2, 'c')", "update orders set note = 'd' where id = 101");
        awaitChanges(4);
        assertTrue(
                fixture.changes().stream()
                        .allMatch(change -> change.getString("table").equals("public.orders")),
                () -> fixture.changes().toString());
        assertEquals(new JsonObject().put("id", 2), fixture.changes().get(2).getJsonObject("key"));
        assertEquals("d", fixture.changes().get(3).getJsonObject("after").getString("note"));
    }

    @Test
    void aTransactionThatRunsWhileATableIsAddedIsWaitedFor() throws Exception {
        fixture.sql("create table orders (id int primary key)", "create table items (id int primary key)");
        PostgresFixture.Node first = fixture.node(ORDERS);
        await().until(first::isRunning);
        first.stop();
        PostgresFixture.Node second;
        try (Connection open = fixture.connect()) {
            open.setAutoCommit(false);
            // Of another table, since ALTER PUBLICATION waits for those that write to this one.
            open.createStatement().execute("insert into orders values (1)");
            second = fixture.node("tables: [orders, items]\ncreate: true");
            await().until(() ->
                    fixture.ask("select count(*) from pg_publication_tables").equals("2"));
            open.createStatement().execute("insert into items values (1)");
            open.commit();
        }
        awaitChanges(2);
        await().until(second::isRunning);
    }

    @Test
    void manyRowsOfOneRecordOfTheLogAreAnEventEach() throws Exception {
        fixture.sql("create table orders (id int primary key, note text)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(node::isRunning);
        fixture.sql("insert into orders select n, repeat('x', 50) from generate_series(1, 5000) n");
        fixture.sql("copy orders (id) from program 'seq 100001 100003'");
        awaitChanges(5_003);
        assertEquals(
                1,
                fixture.changes().stream()
                        .skip(5_000)
                        .map(change -> change.getString("lsn"))
                        .distinct()
                        .count(),
                "one record of the log");
        assertEquals(0, fixture.duplicates());
        fixture.sql("truncate orders");
        awaitChanges(5_004);
    }

    @Test
    @Tag("long")
    void anotherNodeGoesOnWhereOneHasStoppedOrDied() throws Exception {
        fixture.sql("create table orders (id serial primary key)", "insert into orders default values");
        PostgresFixture.Node first = fixture.node(ORDERS);
        awaitChanges(1);
        first.stop();
        fixture.sql("insert into orders default values");
        PostgresFixture.Node second = fixture.node(ORDERS);
        awaitChanges(2);
        second.die();
        fixture.sql("insert into orders default values", "delete from orders where id = 1");
        PostgresFixture.Node third = fixture.node(ORDERS);
        awaitChanges(4);
        await().until(third::isRunning);
        assertEquals(List.of(), fixture.conflicts());
        assertEquals(
                List.of("read", "insert", "insert", "delete"),
                fixture.changes().stream().map(change -> change.getString("op")).toList());
    }

    @Test
    void whatIngestDoesNotTakeWaitsInTheLog() throws Exception {
        fixture.sql("create table orders (id serial primary key)");
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(node::isRunning);
        fixture.down = new io.millrace.contracts.failure.MillraceException(
                io.millrace.contracts.failure.Failure.UNAVAILABLE, "PostgreSQL is away");
        fixture.sql("insert into orders select from generate_series(1, 20)");
        await().until(() -> node.problem().contains("its messages wait"));
        assertEquals(new JsonArray().size(), fixture.events().size());
        fixture.down = null;
        awaitChanges(20);
        await().until(() -> fixture.ask(
                        "select confirmed_flush_lsn >= (select max(pg_current_wal_lsn() - 1000)) from pg_replication_slots")
                .equals("t"));
    }
}
