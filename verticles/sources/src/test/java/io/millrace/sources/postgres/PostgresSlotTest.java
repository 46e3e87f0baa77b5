package io.millrace.sources.postgres;

import static io.millrace.sources.postgres.PostgresChangesTest.ORDERS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a slot is and whose, and rows that are large. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class PostgresSlotTest {
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

    private static PostgresFixture.Node running(String file) throws Exception {
        PostgresFixture.Node node = fixture.node(file);
        await().until(node::isRunning);
        return node;
    }

    @Test
    void aSlotThatIsBehindTheSavedPlaceIsMovedThereAndNothingIsToldTwice() throws Exception {
        fixture.sql("create table orders (id int primary key)");
        PostgresFixture.Node first = running(ORDERS);
        fixture.sql("insert into orders values (0)");
        await().until(() -> fixture.events().size() == 1);
        first.stop();
        fixture.sql("insert into orders values (1), (2)");
        // As if they had been acknowledged and saved, and the node had died before it told the slot.
        String saved = fixture.ask("select pg_current_wal_lsn()");
        fixture.leases.execute("update source_leases set progress = jsonb_set(progress, '{lsn}', '\"" + saved + "\"')");
        fixture.sql("insert into orders values (3)");
        assertEquals("t", fixture.ask("select confirmed_flush_lsn < '" + saved + "' from pg_replication_slots"));
        running(ORDERS);
        await().until(() -> fixture.events().size() >= 2);
        fixture.sql("insert into orders values (4)");
        await().until(() -> fixture.events().size() >= 3);
        assertEquals(
                List.of(0, 3, 4),
                fixture.changes().stream()
                        .map(change -> change.getJsonObject("after").getInteger("id"))
                        .toList());
    }

    @Test
    void aSlotOfAnotherDatabaseIsTold() throws Exception {
        fixture.sql("create table orders (id int primary key)", "create database other");
        try (Connection other = DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + fixture.server.port() + "/other?user=millrace")) {
            other.createStatement().execute("select pg_create_logical_replication_slot('millrace_shop', 'pgoutput')");
        }
        PostgresFixture.Node node = fixture.node(ORDERS);
        await().until(() -> node.problem().contains("belongs to the database other, not to millrace"));
    }

    /** It waits for a transaction, and is by then the slot's user. */
    @Test
    void aSessionThatMakesTheSlotIsLeftAlone() throws Exception {
        fixture.sql("create table orders (id int primary key)", "create publication millrace_shop for table orders");
        try (Connection writing = fixture.connect()) {
            writing.setAutoCommit(false);
            writing.createStatement().execute("insert into orders values (1)");
            CompletableFuture<Void> made = CompletableFuture.runAsync(() -> {
                try {
                    fixture.sql("select pg_create_logical_replication_slot('millrace_shop', 'pgoutput')");
                } catch (SQLException error) {
                    throw new CompletionException(error);
                }
            });
            await().until(() -> !fixture.ask("select count(*) from pg_replication_slots where active")
                    .equals("0"));
            PostgresFixture.Node node = fixture.node("tables: [orders]");
            await().until(() -> node.problem().contains("the slot millrace_shop is being made"));
            writing.commit();
            made.get(20, TimeUnit.SECONDS);
            await().until(node::isRunning);
        }
    }

    @Test
    @Tag("long")
    void whileIngestTakesNothingASlotIsNotMovedAndNothingIsLost() throws Exception {
        fixture.sql("create table orders (id int primary key)", "create table others (note text)");
        PostgresFixture.Node node = running(ORDERS);
        fixture.down = new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away");
        fixture.sql("insert into orders select generate_series(1, 50)");
        await().until(() -> node.problem().contains("its messages wait"));
        // The slot is looked at every 5 s; each time it is further behind, and far enough to be moved if nothing
        // waited.
        for (int look = 0; look < 3; look++) {
            double before = node.gauge("millrace.source.lag.bytes");
            fixture.sql("insert into others select repeat(md5(n::text), 30) from generate_series(1, 3000) n");
            await().until(() -> node.gauge("millrace.source.lag.bytes") > Math.max(before, 1 << 20));
        }
        assertTrue(node.isRunning());
        assertEquals(0, fixture.events().size());
        fixture.down = null;
        await().until(() -> fixture.events().size() == 50);
        assertEquals(0, fixture.duplicates());
    }

    @Test
    void rowsThatAreTooLargeForAnEventAreDeadLettersOfTheirPlaceAndOthersGoOn() throws Exception {
        fixture.largest = 100_000;
        String wide = "repeat('x', 200000)";
        fixture.sql(
                "create table orders (id int primary key, note text)",
                "insert into orders values (1, 'small'), (2, " + wide + "), (3, 'small')");
        running(ORDERS);
        fixture.sql("insert into orders values (4, " + wide + "), (5, 'small')");
        await().until(() -> fixture.events().size() == 3 && fixture.dead.size() == 2);
        for (var letter : fixture.dead) {
            assertEquals(Failure.TOO_LARGE, letter.failure());
            assertEquals("public.orders", letter.place());
            assertTrue(letter.record().length > 200_000, "it can be redriven");
        }
        assertEquals(
                List.of(1, 3, 5),
                fixture.changes().stream()
                        .map(change -> change.getJsonObject("after").getInteger("id"))
                        .toList());
    }
}
