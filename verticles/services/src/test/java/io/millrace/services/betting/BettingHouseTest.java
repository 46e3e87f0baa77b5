package io.millrace.services.betting;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.MillraceStandIn;
import io.millrace.services.ServiceServers;
import io.millrace.services.betting.Bookmaker.Slip;
import io.millrace.services.betting.house.BettingHouse;
import io.millrace.services.betting.house.RiskLimits;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The bookmaker's tables and its house with a real PostgreSQL, each test with customers of its own. */
@SuppressWarnings("NullAway.Init")
class BettingHouseTest {
    private static final OffsetDateTime NOON = OffsetDateTime.parse("2026-01-03T12:00:00Z");
    private static final Match MATCH = new Match(1, LocalDate.of(2026, 1, 3), "Home", "Away", 2, 1);
    private static final String WAITING = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    private static final AtomicLong NUMBERS = new AtomicLong();

    private static ServiceServers servers;
    private static Vertx vertx;
    private static Bookmaker bookmaker;
    private static MillraceStandIn millrace;

    private final List<SqlConnection> held = new ArrayList<>();
    private final String ann = "ann" + NUMBERS.incrementAndGet();
    private final String ben = "ben" + NUMBERS.incrementAndGet();

    @BeforeAll
    static void start() throws Exception {
        servers = new ServiceServers();
        vertx = Vertx.vertx();
        millrace = new MillraceStandIn(vertx, "agentId");
        RiskLimits limits = new RiskLimits(new BigDecimal("900"), new BigDecimal("100000"));
        bookmaker = await(Bookmaker.open(vertx, servers.postgres.uri()));
        await(vertx.deployVerticle(new BettingHouse(servers.postgres.uri(), () -> "the-token", limits)));
        await(bookmaker.agent("north", "north", BigDecimal.ZERO));
    }

    @BeforeEach
    void enter() throws Exception {
        for (String customer : List.of(ann, ben)) {
            await(bookmaker.customer(customer, "north", customer, new BigDecimal("1000")));
        }
    }

    /** Also of a test that failed. */
    @AfterEach
    void releaseAll() throws Exception {
        for (SqlConnection connection : held) {
            await(connection.query("rollback").execute());
            await(connection.close());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        await(vertx.close());
        servers.close();
    }

    // ── The cashier ──────────────────────────────────────────────────────────────────────────────────────────────────

    @Test
    void aPaymentThatFailsAndThenSucceedsIsBookedAndARepeatIsNot() throws Exception {
        report("pay-" + ann, "payment.failed", 250);
        assertEquals("1000", balance(ann));
        report("pay-" + ann, "payment.succeeded", 250);
        report("pay-" + ann, "payment.succeeded", 250);
        assertEquals("1250", balance(ann));
        assertEquals("2", servers.query("select count(*) from payments where customer_id = '" + ann + "'"));
        ExecutionException other =
                assertThrows(ExecutionException.class, () -> report("pay-" + ann, "payment.succeeded", 300));
        ReplyException refused = assertInstanceOf(ReplyException.class, other.getCause());
        assertEquals(422, refused.failureCode());
        assertTrue(String.valueOf(refused.getMessage()).contains("another customer or amount"), refused::getMessage);
        assertEquals("1250", balance(ann));
    }

    @Test
    void aPayoutThatWasPaidIsBookedThoughTheAccountHoldsLess() throws Exception {
        String fixture = fixture();
        assertTrue(await(place("w-" + ann, fixture, ann, 400, NOON)));
        report("out-" + ann, "payout.paid", 900);
        assertEquals("-300", balance(ann));
        assertFalse(await(place("x-" + ann, fixture, ann, 1, NOON)), "a wager doesn't overdraw");
        assertFalse(await(bookmaker.modify("w-" + ann, new BigDecimal("401"), NOON)));
        assertTrue(await(bookmaker.modify("w-" + ann, new BigDecimal("300"), NOON)), "less is staked");
        assertEquals("-200", balance(ann));
        assertTrue(await(bookmaker.cancel("w-" + ann, NOON)));
        assertEquals("100", balance(ann));
    }

    private void report(String id, String kind, int amount) throws Exception {
        JsonObject data = new JsonObject()
                .put("paymentId", id)
                .put("customerId", ann)
                .put("kind", kind)
                .put("amount", amount);
        JsonObject event = new JsonObject()
                .put("id", "delivery-" + NUMBERS.incrementAndGet())
                .put("timestamp", NOON.toString())
                .put("data", data);
        await(vertx.eventBus().request(BettingHouse.CASHIER, event));
    }

    // ── Wagers and the end of their match ────────────────────────────────────────────────────────────────────────────

    @Test
    void aWagerThatIsPlacedWhileItsMatchEndsIsSettledOrRefused() throws Exception {
        String fixture = fixture();
        SqlConnection hold = hold(ann);
        Future<Boolean> placed = place("w-" + ann, fixture, ann, 10, NOON);
        awaitWaiting(1);
        Future<Void> finished = bookmaker.finish(fixture, MATCH, NOON);
        await().until(() -> finished.isComplete() || "2".equals(servers.query(WAITING)));
        release(hold);
        assertTrue(await(placed));
        await(finished);
        assertEquals("won", servers.query("select status from wagers where id = 'w-" + ann + "'"));
    }

    @Test
    void twoMatchesOfTheSameCustomersEndAtOnce() throws Exception {
        String one = fixture();
        String other = fixture();
        await(place("1-" + ann, one, ann, 10, NOON));
        await(place("1-" + ben, one, ben, 10, NOON));
        await(place("2-" + ben, other, ben, 10, NOON));
        await(place("2-" + ann, other, ann, 10, NOON));
        SqlConnection first = hold(ann);
        SqlConnection second = hold(ben);
        Future<Void> ended = bookmaker.finish(one, MATCH, NOON);
        Future<Void> otherEnded = bookmaker.finish(other, MATCH, NOON);
        awaitWaiting(2);
        release(first);
        release(second);
        await(Future.all(ended, otherEnded));
        assertEquals("1020", balance(ann));
        assertEquals("1020", balance(ben));
    }

    // ── Risk ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    @Test
    void anEntryHasItsIdAfterItsCustomersEarlierEntriesAreCommitted() throws Exception {
        String fixture = fixture();
        String given = "select nextval('ledger_id_seq')";
        long before = Long.parseLong(String.valueOf(servers.query(given)));
        SqlConnection hold = hold(ann);
        Future<Boolean> placed = place("w-" + ann, fixture, ann, 10, NOON);
        awaitWaiting(1);
        assertEquals(String.valueOf(before + 1), servers.query(given));
        release(hold);
        assertTrue(await(placed));
    }

    @Test
    void stakesAreSummedWhateverTheOrderOfTheirTimes() throws Exception {
        String fixture = fixture();
        assertTrue(await(place("1-" + ann, fixture, ann, 450, NOON)));
        assertTrue(await(place("2-" + ann, fixture, ann, 460, NOON.minusSeconds(1))));
        check();
        assertEquals(List.of("2-" + ann + " 910"), alerts());
    }

    @Test
    void aStakeThatIsRaisedCountsByItsRaise() throws Exception {
        String fixture = fixture();
        assertTrue(await(place("1-" + ann, fixture, ann, 450, NOON)));
        assertTrue(await(bookmaker.modify("1-" + ann, new BigDecimal("440"), NOON)));
        assertTrue(await(place("2-" + ann, fixture, ann, 445, NOON)));
        assertTrue(await(bookmaker.modify("2-" + ann, new BigDecimal("465"), NOON)));
        check();
        assertEquals(List.of("2-" + ann + " 905"), alerts());
    }

    /** Hands each of Ann's entries to the house, as the sink does. */
    private void check() throws Exception {
        var entries = await(bookmaker
                .database()
                .pool()
                .query("select id, wager_id, action, amount, exposure, liability from ledger where customer_id = '"
                        + ann + "' order by id")
                .execute());
        for (var entry : entries) {
            JsonObject data = new JsonObject()
                    .put("entryId", entry.getLong("id"))
                    .put("wagerId", entry.getString("wager_id"))
                    .put("customerId", ann)
                    .put("agentId", "north")
                    .put("action", entry.getString("action"))
                    .put("amount", entry.getBigDecimal("amount"))
                    .put("exposure", entry.getBigDecimal("exposure"))
                    .put("liability", entry.getBigDecimal("liability"));
            JsonObject event = new JsonObject()
                    .put("id", "entry-" + entry.getLong("id"))
                    .put("timestamp", NOON.toString())
                    .put("data", data);
            await(vertx.eventBus().request(BettingHouse.BOOKS, event));
        }
    }

    private List<String> alerts() {
        return millrace.events("risk:alerted").stream()
                .filter(alert -> alert.getString("customerId").equals(ann))
                .map(alert -> alert.getString("wagerId") + " " + alert.getValue("amount"))
                .toList();
    }

    // ── ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

    private static String balance(String customer) throws Exception {
        return String.valueOf(
                servers.query("select trim_scale(balance)::text from customers where id = '" + customer + "'"));
    }

    private static String fixture() throws Exception {
        String fixture = "f" + NUMBERS.incrementAndGet();
        await(bookmaker.schedule(fixture, MATCH, NOON));
        return fixture;
    }

    private static Future<Boolean> place(String id, String fixture, String customer, int amount, OffsetDateTime at) {
        return bookmaker.place(
                new Slip(id, fixture, customer, Pick.HOME, new BigDecimal("2"), BigDecimal.valueOf(amount), at));
    }

    private static void awaitWaiting(int transactions) {
        await().until(() -> String.valueOf(transactions).equals(servers.query(WAITING)));
    }

    /** A transaction that changes a customer, until it is released. */
    private SqlConnection hold(String customer) throws Exception {
        SqlConnection connection = await(bookmaker.database().pool().getConnection());
        held.add(connection);
        await(connection.query("begin").execute());
        await(connection
                .query("select 1 from customers where id = '" + customer + "' for no key update")
                .execute());
        return connection;
    }

    private static void release(SqlConnection connection) throws Exception {
        await(connection.query("commit").execute());
    }
}
