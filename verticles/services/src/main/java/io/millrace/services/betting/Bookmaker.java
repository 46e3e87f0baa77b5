package io.millrace.services.betting;

import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.OffsetDateTime;

/**
 * The bookmaker's program: it writes its own tables, and knows nothing of Millrace, which learns what happens from
 * PostgreSQL's log. What a change of a wager means for the books, a trigger writes. Safe from any thread.
 */
public final class Bookmaker {
    private static final String CHECK_VIOLATION = "23514";

    private static final String AGENT = "insert into agents values ($1, $2, $3::text::numeric) on conflict do nothing";
    private static final String CUSTOMER =
            "insert into customers values ($1, $2, $3, $4::text::numeric) on conflict do nothing";
    private static final String FIXTURE =
            "insert into fixtures (id, home, away, at) values ($1, $2, $3, $4) on conflict do nothing";
    private static final String PLACE =
            """
            insert into wagers (id, fixture_id, customer_id, event, pick, selection, odds, amount, at)
            select $1::text, f.id, $3::text, f.home || ' – ' || f.away, $4::text,
              case $4::text when 'home' then f.home when 'away' then f.away else 'draw' end,
              $5::text::numeric, $6::text::numeric, $7::timestamptz
            from fixtures f where f.id = $2 and f.home_goals is null for share of f""";
    private static final String MODIFY =
            "update wagers set amount = $2::text::numeric, at = $3 where id = $1 and status = 'pending'";
    private static final String CANCEL =
            "update wagers set status = 'cancelled', at = $2 where id = $1 and status = 'pending'";
    private static final String CANCEL_ALL = "update wagers set status = 'cancelled', at = $1 where status = 'pending'";
    private static final String FINISH =
            "update fixtures set home_goals = $2, away_goals = $3, at = $4 where id = $1 and home_goals is null";
    /** The wagers before the customers, as a change of one does; and the customers in one order, as other matches do. */
    private static final String LOCK_WAGERS =
            "select 1 from wagers where fixture_id = $1 and status = 'pending' for update";

    private static final String LOCK_CUSTOMERS =
            """
            select 1 from customers where id in (
              select customer_id from wagers where fixture_id = $1 and status = 'pending')
            order by id for no key update""";
    private static final String SETTLE =
            """
            update wagers set
              status = case when pick = $2 then 'won' else 'lost' end,
              payout = case when pick = $2 then round(amount * odds, 2) else 0 end,
              at = $3
            where fixture_id = $1 and status = 'pending'""";

    private final ServiceDatabase database;

    private Bookmaker(ServiceDatabase database) {
        this.database = database;
    }

    /**
     * A wager that somebody wants to place.
     *
     * @param id the slip's
     * @param odds decimal
     * @param amount the stake
     */
    public record Slip(
            String id,
            String fixture,
            String customer,
            Pick pick,
            BigDecimal odds,
            BigDecimal amount,
            OffsetDateTime at) {}

    /** Connects, and makes the tables that aren't there. */
    public static Future<Bookmaker> open(Vertx vertx, String uri) {
        return ServiceDatabase.open(vertx, uri, "betting.sql").map(Bookmaker::new);
    }

    /** @param commission the part of each settled stake that the agent gets */
    public Future<Void> agent(String id, String name, BigDecimal commission) {
        return run(AGENT, Tuple.of(id, name, commission.toPlainString())).mapEmpty();
    }

    /** @param balance what the account holds at first */
    public Future<Void> customer(String id, String agent, String name, BigDecimal balance) {
        return run(CUSTOMER, Tuple.of(id, agent, name, balance.toPlainString())).mapEmpty();
    }

    /** Whether there ever was a match. */
    public Future<Boolean> hasHistory() {
        return run("select 1 from fixtures limit 1", Tuple.tuple()).map(rows -> rows > 0);
    }

    /** A match that can be bet on until it is over. */
    public Future<Void> schedule(String fixture, Match match, OffsetDateTime kickOff) {
        return run(FIXTURE, Tuple.of(fixture, match.home(), match.away(), kickOff))
                .mapEmpty();
    }

    /** Completes with whether it was taken: not if the match is over, or the account holds too little. */
    public Future<Boolean> place(Slip slip) {
        return possible(run(
                PLACE,
                Tuple.of(
                        slip.id(),
                        slip.fixture(),
                        slip.customer(),
                        slip.pick().code(),
                        slip.odds().toPlainString(),
                        slip.amount().toPlainString(),
                        slip.at())));
    }

    /** Another stake. Completes with whether it was taken. */
    public Future<Boolean> modify(String wager, BigDecimal amount, OffsetDateTime at) {
        return possible(run(MODIFY, Tuple.of(wager, amount.toPlainString(), at)));
    }

    /** Gives the stake back. Completes with whether the wager was still pending. */
    public Future<Boolean> cancel(String wager, OffsetDateTime at) {
        return possible(run(CANCEL, Tuple.of(wager, at)));
    }

    /** Gives all pending stakes back. */
    public Future<Void> cancelAll(OffsetDateTime at) {
        return run(CANCEL_ALL, Tuple.of(at)).mapEmpty();
    }

    /** The match is over: its wagers are settled with its result, in one transaction. */
    public Future<Void> finish(String fixture, Match match, OffsetDateTime at) {
        return database.pool()
                .withTransaction(connection -> run(
                                connection, FINISH, Tuple.of(fixture, match.homeGoals(), match.awayGoals(), at))
                        .compose(finished -> run(connection, LOCK_WAGERS, Tuple.of(fixture)))
                        .compose(locked -> run(connection, LOCK_CUSTOMERS, Tuple.of(fixture)))
                        .compose(locked -> run(
                                connection,
                                SETTLE,
                                Tuple.of(fixture, match.result().code(), at))))
                .mapEmpty();
    }

    private static Future<Boolean> possible(Future<Integer> changed) {
        return changed.map(rows -> rows > 0)
                .recover(error -> error instanceof PgException refused && CHECK_VIOLATION.equals(refused.getSqlState())
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(error));
    }

    private Future<Integer> run(String sql, Tuple parameters) {
        return database.pool().withConnection(connection -> run(connection, sql, parameters));
    }

    private static Future<Integer> run(SqlConnection connection, String sql, Tuple parameters) {
        return connection.preparedQuery(sql).execute(parameters).map(rows -> rows.rowCount());
    }

    public ServiceDatabase database() {
        return database;
    }

    public Future<Void> close() {
        return database.close();
    }
}
