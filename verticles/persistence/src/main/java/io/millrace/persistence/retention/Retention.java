package io.millrace.persistence.retention;

import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is past its time, sweep by sweep, on a connection of its own. Of all nodes one does: the one whose connection
 * has the lock, until that connection ends. After a failure, as while PostgreSQL is away, the next sweep finds what is left.
 * Owned by the persistence verticle's event loop.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final long FAILING_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long CHANGES_EVERY_NANOS = TimeUnit.HOURS.toNanos(6);

    private final Vertx vertx;
    private final Pool pool;
    private final RetentionSettings settings;
    private final Overdue overdue;
    private final Pace pace;
    private final EventRetention events;
    private final ChangeRetention changes;
    private long changesSweptAtNanos = System.nanoTime() - CHANGES_EVERY_NANOS;
    /** When a sweep ended, or another node was found to sweep. */
    private volatile long doneAtNanos = System.nanoTime();

    private volatile boolean failing;
    private boolean stopping;
    private boolean sweeping;
    private long timer;

    /** @param pool of one connection with the {@link #options}, which nobody else uses */
    public Retention(NodeContext node, Pool pool, RetentionSettings settings) {
        this.vertx = node.vertx();
        this.pool = pool;
        this.settings = settings;
        this.overdue = new Overdue(node.metrics());
        this.pace = new Pace(vertx, settings.share());
        this.events = new EventRetention(node.domains(), pace, overdue, node.metrics(), () -> stopping);
        this.changes = new ChangeRetention(settings.keepChanges(), pace, node.metrics(), () -> stopping);
        node.health().source("retention", this::problem);
    }

    /**
     * The options of the connection. Its commits needn't wait for the disk: what a crash undoes is removed again. A session
     * that is silent for longer than between two sweeps is ended, since its node may hang, and others want its lock.
     */
    public static String options(RetentionSettings settings) {
        return "-c synchronous_commit=off -c idle_session_timeout="
                + settings.every().plusMinutes(1).toMillis();
    }

    /** The first sweep begins after the pause between two. */
    public void start() {
        later(settings.every().toMillis());
    }

    /** Ends the sweep after the step that is under way. */
    public void stop() {
        stopping = true;
        vertx.cancelTimer(timer);
        pace.stop();
    }

    private @Nullable String problem() {
        return failing && System.nanoTime() - doneAtNanos > FAILING_NANOS
                ? "events and changes that are past their time couldn't be removed for an hour; the log says why"
                : overdue.problem();
    }

    public boolean isIdle() {
        return !sweeping;
    }

    private void later(long ms) {
        if (!stopping) {
            timer = vertx.setTimer(ms, fired -> sweep());
        }
    }

    private void sweep() {
        sweeping = true;
        pool.getConnection()
                .compose(connection -> sweep(connection)
                        // A node that fails lets another try.
                        .recover(error -> connection
                                .query(RetentionSql.UNLOCK)
                                .execute()
                                .transform(unlocked -> Future.failedFuture(error)))
                        .eventually(connection::close))
                .onComplete(done -> {
                    sweeping = false;
                    if (done.failed() && !failing && !stopping) {
                        LOG.warn(
                                "events and changes that are past their time can't be removed, trying again: {}",
                                done.cause().getMessage());
                    }
                    failing = done.failed();
                    if (done.succeeded()) {
                        doneAtNanos = System.nanoTime();
                    }
                    later(
                            done.succeeded() && done.result()
                                    ? 1
                                    : settings.every().toMillis());
                });
    }

    /** Whether the sweep left something for another one. */
    private Future<Boolean> sweep(SqlConnection connection) {
        return connection.query(RetentionSql.LOCK).execute().compose(asked -> {
            if (asked.iterator().next().getBoolean(0)) {
                return sweepLocked(connection);
            }
            overdue.reset();
            return Future.succeededFuture(false);
        });
    }

    private Future<Boolean> sweepLocked(SqlConnection connection) {
        return events.sweep(connection).compose(more -> {
            long now = System.nanoTime();
            if (stopping || now - changesSweptAtNanos < CHANGES_EVERY_NANOS) {
                return Future.succeededFuture(more);
            }
            changesSweptAtNanos = now;
            return changes.sweep(connection).map(more);
        });
    }
}
