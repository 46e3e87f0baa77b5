package io.millrace.services.state;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins two events by a key, in whichever order they come, and tells when the second doesn't come in time. A pair is kept in
 * PostgreSQL from its first event on: it survives the service, and its two events may come to two instances. Used with one
 * side alone it is a timer, which {@link #cancel} ends.
 *
 * <p>An outcome is tried until it succeeds, so it may happen twice, with the same {@link Pair#id}. Of several events of one
 * side the newest counts. A half that comes after its pair has expired begins another. Safe from any thread; outcomes run on
 * an event loop.
 */
public final class Correlation {
    private static final Logger LOG = LoggerFactory.getLogger(Correlation.class);
    private static final long POLL_MS = 200;
    private static final int CLEANUP_POLLS = 300;
    private static final int PAGE = 100;
    private static final int ATTEMPTS = 5;
    private static final String UNIQUE_VIOLATION = "23505";
    /** So long an outcome may take before it is tried once more. */
    private static final Duration CLAIM = Duration.ofSeconds(30);
    /** So long a pair's events are recognised when they come again. */
    private static final Duration KEEP = Duration.ofDays(7);

    private static final String COLUMNS = " id, key, state, left_event, right_event";

    private static final String KNOWN = "select" + COLUMNS + " from service_pair_events e join service_pairs p"
            + " on p.id = e.pair where e.name = $1 and e.event = $2";

    private static final String OPEN = "insert into service_pairs (name, key, due_at) values ($1, $2, clock_timestamp()"
            + " + $3 * interval '1 millisecond') on conflict (name, key) where state = 'open' do nothing";

    /** {0} is the side of the event, {1} the other. */
    private static final String PUT =
            """
            update service_pairs set {0} = $3,
              state = case when {1} is null then 'open' else 'joined' end,
              due_at = case when {1} is null then due_at
                else clock_timestamp() + $4 * interval '1 millisecond' end
            where name = $1 and key = $2 and state = 'open' returning"""
                    + COLUMNS;

    private static final String NOTE = "insert into service_pair_events (name, event, pair) values ($1, $2, $3)";

    private static final String DUE =
            """
            with due as (select id from service_pairs where name = $1 and state in ('open', 'joined', 'expired')
              and due_at <= clock_timestamp() order by due_at limit $3 for update skip locked)
            update service_pairs set state = case state when 'open' then 'expired' else state end,
              due_at = clock_timestamp() + $2 * interval '1 millisecond'
            where id in (select id from due) returning"""
                    + COLUMNS;

    private static final String DONE = "update service_pairs set state = 'done', due_at = clock_timestamp()"
            + " + $2 * interval '1 millisecond' where id = $1 and state in ('joined', 'expired')";

    /** What comes behind a first half waits while no instance runs; it gets the same time once more. */
    private static final String EXTEND = "update service_pairs set due_at = greatest(due_at, clock_timestamp()"
            + " + $2 * interval '1 millisecond') where name = $1 and state = 'open'";

    private static final String CANCEL = "update service_pairs set state = 'done', due_at = clock_timestamp()"
            + " + $3 * interval '1 millisecond' where name = $1 and key = $2 and state = 'open'";

    /** An event that cancels is known by a pair of its own, which is done. */
    private static final String CANCELLED =
            """
            with cancelled as (insert into service_pairs (name, key, state, due_at) values
              ($1, $2, 'done', clock_timestamp() + $3 * interval '1 millisecond') returning id)
            insert into service_pair_events (name, event, pair) select $1, $4, id from cancelled""";

    private static final String FORGET =
            "delete from service_pairs where name = $1 and state = 'done' and due_at <= clock_timestamp()";

    /** The two events of a pair: which is which, is the service's to say. */
    public enum Side {
        LEFT("left_event", "right_event"),
        RIGHT("right_event", "left_event");

        private final String put;

        Side(String own, String other) {
            put = PUT.replace("{0}", own).replace("{1}", other);
        }
    }

    /**
     * Events that belong together.
     *
     * @param id the same whenever the pair's outcome is tried
     * @param left null if it is missing
     * @param right null if it is missing
     */
    public record Pair(String id, String key, @Nullable JsonObject left, @Nullable JsonObject right) {}

    /** What is done about a pair. It may be done twice. */
    public interface Outcome {
        Future<Void> apply(Pair pair);
    }

    private final ServiceDatabase database;
    private final String name;
    private final Duration within;
    private final Outcome joined;
    private final Outcome expired;
    private long timer = -1;
    private int polls;
    private boolean polling;

    /**
     * @param name of this correlation, unique in the database
     * @param within how long the second event may take, from when the first has come to the service
     * @param joined what is done when both have come
     * @param expired what is done when one is missing
     */
    public Correlation(ServiceDatabase database, String name, Duration within, Outcome joined, Outcome expired) {
        this.database = database;
        this.name = name;
        this.within = within;
        this.joined = joined;
        this.expired = expired;
    }

    /** Begins to look for pairs that expire. */
    public Future<Void> start() {
        return database.pool()
                .preparedQuery(EXTEND)
                .execute(Tuple.of(name, within.toMillis()))
                .map(extended -> {
                    timer = database.vertx().setPeriodic(POLL_MS, fired -> poll());
                    return null;
                });
    }

    public void stop() {
        database.vertx().cancelTimer(timer);
    }

    /** Takes an event, with the time of the correlation. */
    public Future<Void> accept(Side side, String key, JsonObject event) {
        return accept(side, key, event, within);
    }

    /**
     * Takes an event. Completes when it is stored, and, if it is the second, when the outcome is done.
     *
     * @param event with the {@code source} and the {@code id} by which it is recognised when it comes again
     * @param time how long the other may take, if this is the first
     */
    public Future<Void> accept(Side side, String key, JsonObject event, Duration time) {
        return put(side, key, event, time, 1)
                .compose(pair -> pair == null ? Future.succeededFuture() : finish(pair, joined));
    }

    /**
     * Ends the open pair of a key, if there is one, without an outcome. When the event comes again it ends no other.
     *
     * @param event with the {@code source} and the {@code id} by which it is recognised
     */
    public Future<Void> cancel(String key, JsonObject event) {
        String identity = identity(event);
        return database.pool().withTransaction(connection -> connection
                .preparedQuery(KNOWN)
                .execute(Tuple.of(name, identity))
                .compose(known -> known.size() > 0
                        ? Future.<Void>succeededFuture()
                        : connection
                                .preparedQuery(CANCEL)
                                .execute(Tuple.of(name, key, KEEP.toMillis()))
                                .compose(cancelled -> connection
                                        .preparedQuery(CANCELLED)
                                        .execute(Tuple.of(name, key, KEEP.toMillis(), identity)))
                                .<Void>mapEmpty()));
    }

    private static String identity(JsonObject event) {
        return event.getString("source") + " " + event.getString("id");
    }

    /** Completes with the pair if it is complete, and its outcome isn't done. */
    private Future<@Nullable Pair> put(Side side, String key, JsonObject event, Duration time, int attempt) {
        return database.pool()
                .<@Nullable Pair>withTransaction(connection -> put(connection, side, key, event, time))
                .recover(error -> {
                    boolean raced = error instanceof RaceException
                            || (error instanceof PgException refused && UNIQUE_VIOLATION.equals(refused.getSqlState()));
                    return raced && attempt < ATTEMPTS
                            ? put(side, key, event, time, attempt + 1)
                            : Future.<@Nullable Pair>failedFuture(error);
                });
    }

    private Future<@Nullable Pair> put(
            SqlConnection connection, Side side, String key, JsonObject event, Duration time) {
        String identity = identity(event);
        return connection.preparedQuery(KNOWN).execute(Tuple.of(name, identity)).<@Nullable Pair>compose(known -> {
            if (known.size() > 0) {
                return Future.<@Nullable Pair>succeededFuture(
                        complete(known.iterator().next()));
            }
            return connection
                    .preparedQuery(OPEN)
                    .execute(Tuple.of(name, key, time.toMillis()))
                    .compose(opened ->
                            connection.preparedQuery(side.put).execute(Tuple.of(name, key, event, CLAIM.toMillis())))
                    .<@Nullable Pair>compose(rows -> {
                        if (rows.size() == 0) {
                            // Another instance has completed the pair since.
                            return Future.<@Nullable Pair>failedFuture(new RaceException());
                        }
                        Row row = rows.iterator().next();
                        return connection
                                .preparedQuery(NOTE)
                                .execute(Tuple.of(name, identity, row.getUUID("id")))
                                .<@Nullable Pair>map(noted -> complete(row));
                    });
        });
    }

    private static @Nullable Pair complete(Row row) {
        return row.getString("state").equals("joined") ? pair(row) : null;
    }

    private static Pair pair(Row row) {
        return new Pair(
                row.getUUID("id").toString(), row.getString("key"), (JsonObject) row.getJson("left_event"), (JsonObject)
                        row.getJson("right_event"));
    }

    private Future<Void> finish(Pair pair, Outcome outcome) {
        return Future.succeededFuture()
                .compose(begun -> outcome.apply(pair))
                .compose(done -> database.pool()
                        .preparedQuery(DONE)
                        .execute(Tuple.of(UUID.fromString(pair.id()), KEEP.toMillis())))
                .mapEmpty();
    }

    private void poll() {
        if (polling) {
            return;
        }
        polling = true;
        Future<?> swept = polls++ % CLEANUP_POLLS == 0
                ? database.pool().preparedQuery(FORGET).execute(Tuple.of(name))
                : Future.succeededFuture();
        swept.compose(done -> due()).onComplete(done -> {
            polling = false;
            if (done.failed()) {
                LOG.debug("correlation {}: the due pairs couldn't be read", name, done.cause());
            }
        });
    }

    private Future<Void> due() {
        return database.pool()
                .preparedQuery(DUE)
                .execute(Tuple.of(name, CLAIM.toMillis(), PAGE))
                .compose(rows -> {
                    List<Future<Void>> all = new ArrayList<>();
                    for (Row row : rows) {
                        Outcome outcome = row.getString("state").equals("joined") ? joined : expired;
                        all.add(finish(pair(row), outcome)
                                .onFailure(error -> LOG.warn(
                                        "correlation {}: the outcome of {} failed, and is tried again",
                                        name,
                                        row.getString("key"),
                                        error))
                                .otherwiseEmpty());
                    }
                    return Future.join(all).mapEmpty();
                });
    }

    /** The open pair was completed between two statements. */
    private static final class RaceException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
