package io.millrace.persistence.failover;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that PostgreSQL was restored from a backup, before anything is read or committed there, and lets all streams begin
 * anew: a client's position may be past their ends, or soon be that of another event. The signs:
 *
 * <ul>
 *   <li>it is another server or database than the table {@code database_state} says: a dump was restored;
 *   <li>it is on another timeline, and no node ran to see why: it was recovered to a time in the past. Nodes that run note a
 *       new timeline at once, so a node that starts waits for that;
 *   <li>its beat is older than the one that this node or Redis remembers: an older copy of its files was started. The beat
 *       grows after commits, every two seconds at most however many nodes there are. After a failover while a node runs a few may be missing: what that
 *       has lost is found by {@link LostCommits}.
 * </ul>
 *
 * <p>Owned by the persistence verticle's event loop.
 */
final class RestoreCheck {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreCheck.class);
    static final long BEAT_MS = 2_000;
    /** How many beats a standby may lack that was promoted while a node ran. */
    static final int FAILOVER_BEATS = 15;

    /** How long a node that starts waits for others to note that a standby was promoted. */
    private static final long PROMOTION_MS = 5_000;

    private static final String SYSTEM = "(select system_identifier from pg_control_system())";
    private static final String DATABASE = "(select oid::bigint from pg_database where datname = current_database())";
    private static final String TIMELINE = "('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";
    private static final String NOW = "select " + SYSTEM + ", " + DATABASE + ", " + TIMELINE + ", current_schema()";
    private static final String STATE =
            "select system, database, timeline, beat, restores from database_state for update";
    private static final String SAVE =
            "update database_state set system = $1, database = $2, timeline = $3, beat = $4 returning restores";
    /** Another node's beat is young; $3: it doesn't matter. A server's clock may be behind that of the one before it. */
    private static final String YOUNG =
            "(not $3 and now() between beat_at - interval '10 seconds' and beat_at + interval '1.9 seconds')";
    /** With the age of the beat in ms, and whether it grew. No row: it is not the database that it was. */
    private static final String BEAT = "update database_state set beat = case when " + YOUNG
            + " then beat else beat + 1 end, beat_at = case when " + YOUNG + " then beat_at else now() end"
            + " where beat >= $1 and restores = $2"
            + " and system = " + SYSTEM + " and database = " + DATABASE + " and timeline = " + TIMELINE
            + " returning beat, (extract(epoch from now() - beat_at) * 1000)::bigint, beat_at = now()";

    private final Vertx vertx;
    private final Pool pool;
    private final RestoreWitness witness;
    private final Runnable moved;
    private final Counter restores;
    private @Nullable Known known;
    private long beatAtNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(BEAT_MS);
    private boolean due;
    private boolean waited;

    /** Which database it is, and the schema in it that this installation has. */
    record Identity(long system, long database, int timeline, String schema) {
        String name() {
            return Long.toUnsignedString(system) + ":" + database + ":" + schema;
        }

        boolean isSameDatabase(Identity other) {
            return system == other.system && database == other.database;
        }
    }

    /** A database at some time. */
    record Known(Identity identity, long beat, long restores) {}

    /**
     * @param moved called when the database is found to be another one than before, or its streams to have begun anew
     */
    RestoreCheck(Vertx vertx, Pool pool, RestoreWitness witness, Runnable moved, MeterRegistry metrics) {
        this.vertx = vertx;
        this.pool = pool;
        this.witness = witness;
        this.moved = moved;
        this.restores = metrics.counter("millrace.persistence.restores");
    }

    /**
     * Completes when the database is known, and its streams have begun anew if it was restored; asks until it answers.
     *
     * @return whether its streams have begun anew since this node asked last
     */
    Future<Boolean> check() {
        Known before = known;
        return new Retry(
                        vertx,
                        new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), ThreadLocalRandom.current()),
                        error -> CommitErrors.isUnavailable(error)
                                && !PgErrors.sqlState(error).startsWith("42"))
                .run("the question whether PostgreSQL was restored from a backup", this::ask)
                .map(done -> before != null && known != null && known.restores > before.restores);
    }

    private Future<Void> ask() {
        return pool.query(NOW)
                .execute()
                .map(rows -> rows.iterator().next())
                .map(row -> identity(row, row.getString(3)))
                .compose(now -> witness.beat(now.name())
                        .otherwise(error -> {
                            LOG.warn(
                                    "Redis doesn't say whether PostgreSQL is older than it was: {}",
                                    error.getMessage());
                            return 0L;
                        })
                        .compose(noted -> pool.withTransaction(connection -> compare(connection, now, noted))))
                .compose(found -> {
                    if (found == null) {
                        waited = true;
                        return vertx.timer(PROMOTION_MS).compose(promoted -> ask());
                    }
                    known = found;
                    return note(found);
                });
    }

    private static Identity identity(Row row, String schema) {
        return new Identity(row.getLong(0), row.getLong(1), row.getInteger(2), schema);
    }

    /** Null: other nodes may be about to note the new timeline. */
    private Future<@Nullable Known> compare(SqlConnection connection, Identity now, long noted) {
        return connection.query(STATE).execute().<@Nullable Known>compose(rows -> {
            Row row = rows.iterator().next();
            Known stored =
                    new Known(row.getLong(0) == null ? now : identity(row, now.schema), row.getLong(3), row.getLong(4));
            Known before = known;
            if (before == null && !waited && isPromoted(stored.identity, now)) {
                return Future.succeededFuture();
            }
            long newest = Math.max(noted, before == null ? 0 : before.beat);
            String sign = sign(stored, now, newest, before);
            Future<?> anew = sign == null ? Future.succeededFuture() : beginAnew(connection, sign);
            return anew.<RowSet<Row>>compose(done -> connection
                            .preparedQuery(SAVE)
                            .execute(Tuple.of(now.system, now.database, now.timeline, Math.max(stored.beat, newest))))
                    .<@Nullable Known>map(saved -> new Known(
                            now,
                            Math.max(stored.beat, newest),
                            saved.iterator().next().getLong(0)));
        });
    }

    private static boolean isPromoted(Identity last, Identity now) {
        return last.isSameDatabase(now) && last.timeline != now.timeline;
    }

    /**
     * Why the database must be one that was restored; null if nothing says so.
     *
     * @param stored what it says of itself
     * @param newest the newest beat that is remembered elsewhere
     * @param before what this node knew of it; null if it has just started
     */
    static @Nullable String sign(Known stored, Identity now, long newest, @Nullable Known before) {
        Identity last = stored.identity;
        if (!last.isSameDatabase(now)) {
            return "it is another server or database than the one that was used last";
        }
        if (before == null && last.timeline != now.timeline) {
            return "it is on timeline " + now.timeline + ", was on " + last.timeline
                    + ", and no node ran to see whether anything was lost";
        }
        boolean failover = before != null && before.identity.timeline != now.timeline;
        return newest - stored.beat > (failover ? FAILOVER_BEATS : 0)
                ? "it was at beat " + newest + " and is at " + stored.beat
                : null;
    }

    private Future<?> beginAnew(SqlConnection connection, String sign) {
        // A million streams take longer than a statement may.
        return connection
                .query("set local statement_timeout = 0")
                .execute()
                .compose(set -> connection.query("select reset_streams()").execute())
                .onSuccess(rows -> {
                    restores.increment();
                    LOG.error(
                            "PostgreSQL was restored from a backup: {}. {} streams begin anew for their clients; events that"
                                    + " the backup lacks are gone unless they are sent again. What to do now:"
                                    + " shared/docs/backup.md",
                            sign,
                            rows.iterator().next().getLong(0));
                });
    }

    /** Events were committed: the beat grows soon. */
    void committed() {
        if (due || known == null) {
            return;
        }
        due = true;
        long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beatAtNanos);
        beatIn(BEAT_MS - since);
    }

    private void beatIn(long ms) {
        vertx.setTimer(Math.max(1, ms), timer -> beat(false));
    }

    /** The beat grows unless another node has let it grow a moment ago; then it is asked to once more. */
    private Future<Void> beat(boolean atOnce) {
        Known before = known;
        if (before == null || !due) {
            return Future.succeededFuture();
        }
        due = false;
        beatAtNanos = System.nanoTime();
        return pool.preparedQuery(BEAT)
                .execute(Tuple.of(before.beat, before.restores, atOnce))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        moved.run();
                        return Future.<Void>succeededFuture();
                    }
                    Row row = rows.iterator().next();
                    Known now = new Known(before.identity, row.getLong(0), before.restores);
                    known = now;
                    if (!row.getBoolean(2) && !due) {
                        due = true;
                        beatIn(BEAT_MS - row.getLong(1));
                    }
                    return note(now);
                })
                .otherwise(error -> {
                    LOG.debug("the beat of the database did not grow: {}", error.getMessage());
                    return null;
                });
    }

    private Future<Void> note(Known now) {
        return witness.write(now.identity.name(), now.beat).otherwise(error -> {
            LOG.debug("Redis did not note the beat of the database: {}", error.getMessage());
            return null;
        });
    }

    /** The last beat, so that Redis knows of all commits. */
    Future<Void> stop() {
        return beat(true).eventually(witness::close);
    }
}
