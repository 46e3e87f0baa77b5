package io.millrace.services.betting.demo;

import io.millrace.services.betting.Bookmaker;
import io.millrace.services.betting.house.BettingHouse;
import io.millrace.services.betting.house.RiskLimits;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Prices;
import io.millrace.services.betting.season.Season;
import io.millrace.services.demo.DemoArguments;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * {@code scripts/run --demo betting}: a bookmaker whose customers bet on matches of the season 2014/15, its house, and a
 * payment provider. Belongs to one event loop.
 */
public final class BettingDemo {
    private static final String SEASON = "2014-15";
    private static final String DUPLICATE_DATABASE = "42P04";
    private static final RiskLimits LIMITS = new RiskLimits(new BigDecimal("900"), new BigDecimal("1500"));
    private static final long BET_MS = 1_500;
    private static final long MATCH_MS = 15_000;
    private static final long PAYMENT_MS = 8_000;
    private static final int LARGE_EVERY = 25;
    private static final int CHANGE_EVERY = 12;
    private static final int LEAST_PAYMENT = 50;
    private static final int MOST_PAYMENT = 150;

    private final Vertx vertx;
    private final Bookmaker bookmaker;
    private final PaymentProvider provider;
    private final Random random = new Random();
    private final Prices prices = new Prices();
    private final Slips slips = new Slips(random, prices);
    private final List<Match> season = Season.matches(SEASON);
    private final String run = Long.toString(Clock.systemUTC().millis(), Character.MAX_RADIX);
    /** Matches that can be bet on, by what the tables call them. */
    private final Deque<Open> open = new ArrayDeque<>();

    private int next;
    private int placed;
    private String last = "";

    private record Open(String fixture, Match match) {}

    private BettingDemo(Vertx vertx, Bookmaker bookmaker, PaymentProvider provider) {
        this.vertx = vertx;
        this.bookmaker = bookmaker;
        this.provider = provider;
    }

    /** @param arguments those of {@link DemoArguments} */
    public static void main(String[] arguments) {
        DemoArguments millrace = DemoArguments.of(arguments);
        String database = millrace.postgres().replaceFirst("/[^/]*$", "/bookmaker");
        String token = millrace.token("bookmaker");
        String secret = System.getenv("BETTING_PAYMENTS_SECRET");
        millrace.join()
                .compose(vertx -> create(vertx, millrace.postgres())
                        .compose(there -> Bookmaker.open(vertx, database))
                        .compose(bookmaker -> {
                            PaymentProvider provider = new PaymentProvider(
                                    vertx, millrace.http() + "/api/webhooks/payments", secret, Clock.systemUTC());
                            BettingDemo demo = new BettingDemo(vertx, bookmaker, provider);
                            return demo.begin()
                                    .compose(begun ->
                                            vertx.deployVerticle(new BettingHouse(database, () -> token, LIMITS)));
                        }))
                .onSuccess(started -> {
                    for (String who : List.of("operator", "agent", "customer")) {
                        System.out.println(
                                "as " + who + ": " + millrace.http() + "/betting#token=" + millrace.token(who));
                    }
                })
                .onFailure(error -> {
                    System.err.println("the demo couldn't start: " + error);
                    System.exit(1);
                });
    }

    /** The bookmaker's database is its own, on the server that there is. */
    private static Future<Void> create(Vertx vertx, String postgres) {
        return PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres))
                .compose(connection -> connection
                        .query("create database bookmaker")
                        .execute()
                        .recover(error ->
                                error instanceof PgException known && DUPLICATE_DATABASE.equals(known.getSqlState())
                                        ? Future.succeededFuture()
                                        : Future.failedFuture(error))
                        .eventually(connection::close))
                .mapEmpty();
    }

    private static OffsetDateTime now() {
        return OffsetDateTime.now(ZoneOffset.UTC);
    }

    private Future<Void> begin() {
        return Customers.enter(bookmaker)
                .compose(entered -> bookmaker.hasHistory())
                .compose(before -> before
                        ? bookmaker.cancelAll(now())
                        : new History(bookmaker, slips, prices, now()).write(season))
                .map(written -> {
                    next = first(History.DAYS + 2);
                    vertx.setPeriodic(1, BET_MS, timer -> bet());
                    vertx.setPeriodic(MATCH_MS, timer -> finish());
                    vertx.setPeriodic(PAYMENT_MS, timer -> pay());
                    return null;
                });
    }

    private int first(int round) {
        List<Integer> rounds = new ArrayList<>();
        season.forEach(match -> rounds.add(match.round()));
        return rounds.indexOf(round);
    }

    /** The next matchday can be bet on when the one before is over. */
    private Future<Void> schedule() {
        if (!open.isEmpty()) {
            return Future.succeededFuture();
        }
        int round = season.get(next).round();
        Future<Void> scheduled = Future.succeededFuture();
        while (season.get(next).round() == round) {
            Open match = new Open(run + "-" + next, season.get(next));
            open.add(match);
            scheduled = scheduled.compose(before -> bookmaker.schedule(match.fixture(), match.match(), now()));
            next = (next + 1) % season.size();
        }
        System.out.println("matchday " + round + " is open");
        return scheduled;
    }

    private void bet() {
        placed++;
        schedule()
                .compose(scheduled -> placed % CHANGE_EVERY == 0 ? change() : place())
                .onFailure(error -> System.err.println("the wager wasn't taken: " + error.getMessage()));
    }

    private Future<Void> place() {
        List<Open> matches = List.copyOf(open);
        Open match = matches.get(random.nextInt(matches.size()));
        last = run + "-w" + placed;
        return bookmaker
                .place(slips.next(last, match.fixture(), match.match(), placed % LARGE_EVERY == 0, now()))
                .mapEmpty();
    }

    /** Somebody thinks better of the last wager. */
    private Future<Void> change() {
        return (random.nextBoolean()
                        ? bookmaker.cancel(last, now())
                        : bookmaker.modify(last, slips.stake(false), now()))
                .mapEmpty();
    }

    private void finish() {
        Open over = open.peek();
        if (over == null) {
            return;
        }
        Match match = over.match();
        bookmaker
                .finish(over.fixture(), match, now())
                .onSuccess(settled -> {
                    if (open.remove(over)) {
                        prices.learn(match);
                        System.out.println(match.home() + " – " + match.away() + "  " + match.homeGoals() + ":"
                                + match.awayGoals());
                    }
                })
                .onFailure(error -> System.err.println("the match wasn't settled: " + error.getMessage()));
    }

    private void pay() {
        int kind = random.nextInt(10);
        BigDecimal amount = BigDecimal.valueOf(LEAST_PAYMENT + random.nextInt(MOST_PAYMENT));
        Future<String> reported = kind == 0
                ? provider.report("payment.failed", slips.customer(), amount, "the card was declined")
                : provider.report(kind == 1 ? "payout.paid" : "payment.succeeded", slips.customer(), amount, null);
        reported.onFailure(error -> System.err.println("the payment wasn't reported: " + error.getMessage()));
    }
}
