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
 *   <li>it is on another timeline, and no node ran to see why: it was recovered to a time in the past;
 *   <li>its beat is older than the one that this node or Redis remembers: an older copy of its files was started. The beat
 *       grows after commits, every two seconds at most. After a failover while a node runs a few may be missing: what that
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

    private static final String SYSTEM = "(select system_identifier from pg_control_system())";
    private static final String DATABASE = "(select oid::bigint from pg_database where datname = current_database())";
    private static final String TIMELINE = "('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";
    private static final String NOW = "select " + SYSTEM + ", " + DATABASE + ", " + TIMELINE;
    private static final String STATE =
            "select system, database, timeline, beat, restores from database_state for update";
    private static final String SAVE =
            "update database_state set system = $1, database = $2, timeline = $3, beat = $4 returning restores";
    /** No row: it is not the database that it was. */
    private static final String BEAT = "update database_state set beat = beat + 1 where beat >= $1 and restores = $2"
            + " and system = " + SYSTEM + " and database = " + DATABASE + " and timeline = " + TIMELINE
            + " returning beat";

    private final Vertx vertx;
    private final Pool pool;
    private final RestoreWitness witness;
    private final Runnable moved;
    private final Counter restores;
    private @Nullable Known known;
    private long beatAtNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(BEAT_MS);
    private boolean due;

    /** Which database it is. */
    record Identity(long system, long database, int timeline) {
        String name() {
            return Long.toUnsignedString(system) + ":" + database;
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

    /** Completes when the database is known, and its streams have begun anew if it was restored; asks until it answers. */
    Future<Void> check() {
        return new Retry(
                        vertx,
                        new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), ThreadLocalRandom.current()),
                        error -> CommitErrors.isUnavailable(error)
                                && !PgErrors.sqlState(error).startsWith("42"))
                .run("the question whether PostgreSQL was restored from a backup", this::ask);
    }

    private Future<Void> ask() {
        return pool.query(NOW)
                .execute()
                .map(rows -> identity(rows.iterator().next()))
                .compose(now -> witness.beat(now.name())
                        .otherwise(error -> {
                            LOG.warn(
                                    "Redis doesn't say whether PostgreSQL is older than it was: {}",
                                    error.getMessage());
                            return 0L;
                        })
                        .compose(noted -> pool.withTransaction(connection -> compare(connection, now, noted))))
                .compose(found -> {
                    known = found;
                    return note(found);
                });
    }

    private static Identity identity(Row row) {
        return new Identity(row.getLong(0), row.getLong(1), row.getInteger(2));
    }

    private Future<Known> compare(SqlConnection connection, Identity now, long noted) {
        return connection.query(STATE).execute().compose(rows -> {
            Row row = rows.iterator().next();
            Known stored = new Known(row.getLong(0) == null ? now : identity(row), row.getLong(3), row.getLong(4));
            Known before = known;
            long newest = Math.max(noted, before == null ? 0 : before.beat);
            String sign = sign(stored, now, newest, before);
            Future<?> anew = sign == null ? Future.succeededFuture() : beginAnew(connection, sign);
            return anew.compose(done -> connection
                            .preparedQuery(SAVE)
                            .execute(Tuple.of(now.system, now.database, now.timeline, Math.max(stored.beat, newest))))
                    .map(saved -> new Known(
                            now,
                            Math.max(stored.beat, newest),
                            saved.iterator().next().getLong(0)));
        });
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
        if (last.system != now.system || last.database != now.database) {
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
        vertx.setTimer(Math.max(1, BEAT_MS - since), timer -> beat());
    }

    private Future<Void> beat() {
        Known before = known;
        if (before == null || !due) {
            return Future.succeededFuture();
        }
        due = false;
        beatAtNanos = System.nanoTime();
        return pool.preparedQuery(BEAT)
                .execute(Tuple.of(before.beat, before.restores))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        moved.run();
                        return Future.<Void>succeededFuture();
                    }
                    Known now =
                            new Known(before.identity, rows.iterator().next().getLong(0), before.restores);
                    known = now;
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
        return beat().eventually(witness::close);
    }
}
