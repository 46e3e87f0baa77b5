package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.betting.Bookmaker.Slip;
import io.millrace.services.betting.demo.PaymentProvider;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.millrace.services.betting.season.Season;
import io.millrace.systemtests.environment.Bookmakers;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The pack {@code betting}, played as its document draws it: a bookmaker's program writes its own PostgreSQL, which Millrace
 * reads; the house, its agents and their customers each see their part; figures, payments, risks, and whole seasons.
 */
@Order(15)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class BettingTest extends BettingScene {
    private static final int PUNTERS = 8;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    BettingTest(Pipeline pipeline) {
        super(pipeline);
    }

    /** Database, trigger, event, routing, broadcast: to the permitted clients and nobody else. */
    @Test
    void aRowThatIsWrittenIsSeenByTheHouseItsAgentAndItsCustomerAlone() {
        Slip slip = slip(fixture(), ada, Pick.HOME, "40");
        TransportListener polling = Transport.POLL.open(
                pipeline.broadcast().uri("/"),
                token("desk", "operator", north),
                new JsonObject()
                        .put("stream", "agent:" + north)
                        .put("after", now().minusSeconds(1).toString()));
        try {
            assertTrue(joined(bookmaker.place(slip)));

            for (SocketClient client : List.of(operator, agent, customer)) {
                JsonObject placed = awaitSeen(client, "wager:placed", "wagerId", slip.id());
                assertEquals("pending", placed.getString("status"));
                assertEquals("placed", placed.getString("action"));
                assertEquals(ada, placed.getString("customerId"));
                assertEquals(north, placed.getString("agentId"));
                assertEquals("Home – Away", placed.getString("event"));
                awaitSeen(client, "activity:recorded", "userId", ada);
            }
            assertEquals(99_960, awaitBalance(agent, "99960"));
            await().until(() ->
                    polling.events().stream().anyMatch(event -> event.encode().contains(slip.id())));
        } finally {
            polling.close();
        }
        // What each socket must see comes later: whatever it was sent before has come.
        awaitLater(otherCustomer, north, ben);
        assertEquals(List.of(), seen(otherCustomer, north, "wager:placed", "wagerId", slip.id()));
        joined(bookmaker.customer(cem, south, cem, new BigDecimal("1000")));
        awaitLater(otherAgent, south, cem);
        assertTrue(otherAgent.log("agent:" + south).messages().stream()
                .noneMatch(message -> message.encode().contains(north)));
        otherAgent.send(new JsonObject()
                .put("type", "subscribe")
                .put("id", "north")
                .put("stream", "agent:" + north)
                .encode());
        await().until(() -> otherAgent.last("error") != null);
        assertEquals(
                "permission_denied",
                Objects.requireNonNull(otherAgent.last("error")).getString("code"));
    }

    @Test
    void aWagerIsModifiedCancelledAndSettledAndItsEntityFollows() {
        String fixture = fixture();
        Slip changed = slip(fixture, ben, Pick.HOME, "10");
        Slip taken = slip(fixture, ben, Pick.AWAY, "20");
        Slip back = slip(fixture, ben, Pick.DRAW, "30");
        for (Slip slip : List.of(changed, taken, back)) {
            assertTrue(joined(bookmaker.place(slip)));
        }
        assertTrue(joined(bookmaker.modify(changed.id(), new BigDecimal("15"), now())));
        assertTrue(joined(bookmaker.cancel(back.id(), now())));
        joined(bookmaker.finish(fixture, match, now()));
        assertFalse(joined(bookmaker.modify(changed.id(), BigDecimal.ONE, now())), "it is closed");
        assertFalse(joined(bookmaker.place(slip(fixture, ben, Pick.HOME, "10"))), "the match is over");

        assertEquals(
                15, awaitSeen(agent, "wager:modified", "wagerId", changed.id()).getInteger("amount"));
        assertEquals(
                "cancelled",
                awaitSeen(agent, "wager:cancelled", "wagerId", back.id()).getString("status"));
        JsonObject won = awaitSeen(otherCustomer, "wager:settled", "wagerId", changed.id());
        assertEquals(37.5, won.getDouble("payout"));
        assertEquals(
                "lost", awaitSeen(agent, "wager:settled", "wagerId", taken.id()).getString("status"));
        ApiClient reader = new ApiClient(pipeline.front().uri("/"), token("nora", "agent", north));
        String path = "/api/entities/wager/" + changed.id() + "?stream=agent:" + north;
        await().until(() -> reader.get(path).body().contains("\"won\""));
        // Each settled stake earns the agent a part.
        JsonObject earned = awaitSeen(agent, "commission:earned", "wagerId", changed.id());
        assertEquals(0.3, earned.getDouble("commission"));
        awaitLater(otherCustomer, north, ben);
        assertEquals(List.of(), seen(otherCustomer, north, "commission:earned", "wagerId", changed.id()));
    }

    @Test
    void aPaymentThatTheProviderReportsIsBookedAndShown() {
        String secret = System.getenv("BETTING_PAYMENTS_SECRET");
        String address = pipeline.front().uri("/api/webhooks/payments").toString();
        PaymentProvider provider = new PaymentProvider(program, address, secret, Clock.systemUTC());
        String forged = "whsec_" + "Zm9yZ2VkIGJ5IHNvbWVib2R5IGVsc2U=";
        PaymentProvider forger = new PaymentProvider(program, address, forged, Clock.systemUTC());
        try {
            String payment = joined(provider.report("payment.succeeded", ben, new BigDecimal("250.50"), null));
            String failed = joined(provider.report("payment.failed", ben, BigDecimal.TEN, "the card was declined"));
            JsonObject received = awaitSeen(otherCustomer, "deposit:received", "paymentId", payment);
            assertEquals(250.5, received.getDouble("amount"));
            awaitSeen(operator, "deposit:received", "paymentId", payment);
            JsonObject declined = awaitSeen(agent, "deposit:failed", "paymentId", failed);
            assertEquals("the card was declined", declined.getString("reason"));
            awaitLater(customer, north, ada);
            assertEquals(List.of(), seen(customer, north, "deposit:received", "paymentId", payment));
            assertTrue(forger.once("payment.succeeded", ben, BigDecimal.TEN)
                    .toCompletionStage()
                    .handle((taken, refused) -> String.valueOf(refused).contains("401"))
                    .toCompletableFuture()
                    .join());
        } finally {
            joined(provider.close());
            joined(forger.close());
        }
    }

    @Test
    void aPaymentThatIsReportedAgainIsBookedOnceAndOneThatFailedMaySucceed() {
        String secret = System.getenv("BETTING_PAYMENTS_SECRET");
        String address = pipeline.front().uri("/api/webhooks/payments").toString();
        // With the same time, a delivery that is made again is the same webhook.
        Clock fixed = Clock.fixed(Clock.systemUTC().instant(), ZoneOffset.UTC);
        PaymentProvider provider = new PaymentProvider(program, address, secret, fixed);
        joined(bookmaker.customer(cora, north, cora, new BigDecimal("100")));
        try {
            BigDecimal amount = new BigDecimal("250.50");
            String payment = joined(provider.report("payment.succeeded", cora, amount, null));
            for (String delivery : List.of("msg-" + payment, "msg-again-" + payment)) {
                joined(provider.again(delivery, payment, "payment.succeeded", cora, amount));
            }
            String failed = joined(provider.report("payment.failed", cora, BigDecimal.TEN, "the card was declined"));
            joined(provider.again("msg-paid-" + failed, failed, "payment.succeeded", cora, BigDecimal.TEN));

            // Booked after the repeats: what the cashier is told has one order.
            awaitSeen(operator, "deposit:received", "paymentId", failed);
            assertEquals(
                    1,
                    seen(operator, north, "deposit:received", "paymentId", payment)
                            .size());
            PostgresAccess books =
                    new PostgresAccess(Bookmakers.uri(pipeline.backends().postgresUri()));
            assertEquals(3, books.number("select count(*) from payments where customer_id = '" + cora + "'"));
            String booked = "select count(*) from customers where balance = 360.5 and id = '" + cora + "'";
            assertEquals(1, books.number(booked));
        } finally {
            joined(provider.close());
        }
    }

    @Test
    void theHouseAndTheAgentAreAlertedOfWhatIsAboveALimit() {
        String fixture = fixture();
        Slip dear = slip(fixture, ben, Pick.AWAY, "1001");
        assertTrue(joined(bookmaker.place(dear)));
        for (SocketClient client : List.of(operator, agent)) {
            await().until(() ->
                    seen(client, north, "risk:alerted", "wagerId", dear.id()).size() == 2);
            JsonObject liability = seen(client, north, "risk:alerted", "wagerId", dear.id()).stream()
                    .filter(alert -> alert.getString("rule").equals("liability"))
                    .findFirst()
                    .orElseThrow();
            assertEquals(1501.5, liability.getDouble("amount"));
            StreamLog log = client.log("agent:" + north);
            assertTrue(log.messages().stream()
                    .filter(message -> message.encode().contains("risk:alerted"))
                    .allMatch(message -> message.getString("type").equals("alert")
                            && message.getString("priority").equals("critical")));
        }
        awaitLater(otherCustomer, north, ben);
        assertEquals(List.of(), seen(otherCustomer, north, "risk:alerted", "wagerId", dear.id()));
    }

    @Test
    void theFiguresChangeWithEachWagerAndAreForTheHouse() {
        try (SocketClient desk = SocketClient.open(
                        pipeline.broadcast().uri("/api/ws"), token("desk", "operator", north, south));
                SocketClient nora =
                        SocketClient.open(pipeline.broadcast().uri("/api/ws"), token("nora", "agent", north))) {
            StreamLog pending = desk.subscribe("kpi:pendingWagers");
            StreamLog liability = desk.subscribe("kpi:totalLiability");
            StreamLog players = desk.subscribe("kpi:activePlayers");
            await().until(() -> pending.size() > 0 && liability.size() > 0 && players.size() > 0);
            nora.send("{\"type\":\"subscribe\",\"stream\":\"kpi:totalLiability\"}");
            BigDecimal stood = settledFigure(liability);
            BigDecimal waited = settledFigure(pending);
            String fresh = Shop.unique("fresh");
            joined(bookmaker.customer(fresh, south, fresh, new BigDecimal("100")));

            String fixture = fixture();
            assertTrue(joined(bookmaker.place(slip(fixture, fresh, Pick.AWAY, "50"))));

            // 50 at 2.50 may cost 75.
            awaitFigure(liability, stood.add(new BigDecimal("75")));
            awaitFigure(pending, waited.add(BigDecimal.ONE));
            JsonObject today = newest(liability).getJsonObject("windows").getJsonObject("today");
            BigDecimal change = number(today, "value").subtract(number(today, "before"));
            assertEquals(0, change.compareTo(number(today, "change")));
            await().until(() -> newest(players).getJsonObject("windows").containsKey("month"));

            joined(bookmaker.finish(fixture, match, now()));
            awaitFigure(liability, stood);
            awaitFigure(pending, waited);
            assertEquals(
                    "permission_denied",
                    Objects.requireNonNull(nora.last("error")).getString("code"));
        }
    }

    /** With all that other tests have written. */
    private BigDecimal settledFigure(StreamLog log) {
        PostgresAccess millrace = new PostgresAccess(pipeline.backends().postgresUri());
        long booked = new PostgresAccess(Bookmakers.uri(millrace.uri())).number("select count(*) from ledger");
        String events = "select count(*) from events where type = 'ledger:booked'";
        await().until(() -> millrace.number(events + " and source = 'bookmaker'") == booked);
        long all = millrace.number(events);
        await().until(() -> newest(log).getLong("count") == all);
        return number(newest(log), "value");
    }

    private static void awaitFigure(StreamLog log, BigDecimal expected) {
        await().untilAsserted(() -> assertEquals(
                0,
                expected.compareTo(number(newest(log), "value")),
                () -> newest(log).encode() + " instead of " + expected));
    }

    @Test
    void aSeasonsFiguresAreThoseOfItsFileAlone() throws IOException {
        String league = play("2013-14");
        compare("2013-14", league);
    }

    /** The other seasons too, and what their agents earn, an event after the other. */
    @Test
    @Tag("long")
    void threeSeasonsFiguresAndCommissionsAreThoseOfTheirFilesAlone() throws IOException {
        for (String season : List.of("2012-13", "2014-15")) {
            String league = play(season);
            compare(season, league);
            ApiClient desk = new ApiClient(pipeline.front().uri("/"), token("desk", "operator", league));
            BigDecimal earned = SeasonTotals.ofFile(season).commission;
            String agent = "/api/entities/agent/" + league + "?stream=agent:" + league;
            await().atMost(Duration.ofMinutes(3)).until(() -> {
                JsonObject state = desk.get(agent).json().getJsonObject("state");
                return state != null && earned.compareTo(number(state, "total")) == 0;
            });
        }
    }

    /** One wager on each match, in turn on home, draw and away, with an agent of its own. */
    private String play(String season) {
        String league = Shop.unique("league");
        joined(bookmaker.agent(league, league, COMMISSION));
        for (int i = 0; i < PUNTERS; i++) {
            joined(bookmaker.customer(league + i, league, "Punter " + i, new BigDecimal("100000")));
        }
        List<Match> matches = Season.matches(season);
        List<Future<Void>> played = new ArrayList<>();
        for (int i = 0; i < matches.size(); i++) {
            Match match = matches.get(i);
            OffsetDateTime at = match.date().atTime(15, 0).atOffset(ZoneOffset.UTC);
            String fixture = league + "-" + i;
            Pick pick = Pick.values()[i % 3];
            BigDecimal stake = BigDecimal.valueOf(10 + i % 7);
            Slip slip = new Slip(fixture, fixture, league + i % PUNTERS, pick, ODDS, stake, at);
            played.add(bookmaker
                    .schedule(fixture, match, at)
                    .compose(scheduled -> bookmaker.place(slip))
                    .compose(placed -> bookmaker.finish(fixture, match, at)));
        }
        joined(Future.join(played));
        return league;
    }

    private void compare(String season, String league) throws IOException {
        SeasonTotals expected = SeasonTotals.ofFile(season);
        ApiClient desk = new ApiClient(pipeline.front().uri("/"), token("desk", "operator", league));
        int year = Integer.parseInt(season.substring(0, 4));
        String years = "&from=" + year + "-07-01T00:00:00Z&to=" + (year + 1) + "-07-01T00:00:00Z";
        Map.of("day", expected.byDay, "month", expected.byMonth).forEach((by, rows) -> await().atMost(TIMEOUT)
                .untilAsserted(() -> assertEquals(rows, rows(desk, "/api/kpis/gamingRevenue?by=" + by + years))));
        BigDecimal pending = rows(desk, "/api/kpis/pendingWagers?by=month" + years).values().stream()
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        assertEquals(0, pending.signum());
    }
}
