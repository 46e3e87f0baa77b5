package io.millrace.persistence.commit;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.persistence.store.CommitSql;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits decided from a pipeline's {@link CommitCache}: one statement without locks. Only entities that aren't cached
 * are read, while the previous batch is written. The next batch is decided and sent before this one is durable: a
 * connection keeps the order, and the statement names the one that it depends on, so that if this one fails the next
 * fails, too. Owned by the persistence verticle's event loop.
 */
final class OptimisticCommit {
    private static final Logger LOG = LoggerFactory.getLogger(OptimisticCommit.class);
    /**
     * After a duplicate, the events of so many batches are looked up before they are written: duplicates come in
     * bursts.
     */
    private static final int BATCHES_AFTER_DUPLICATE = 100;

    private final Pool pool;
    private final DomainModel domains;
    private final LongSupplier nowMicros;
    private final CommitCache cache;
    private final InFlightBatches inFlight;
    private @Nullable Future<SqlConnection> line;
    private int batchesToLookUp;

    OptimisticCommit(
            Pool pool, DomainModel domains, LongSupplier nowMicros, CommitCache cache, InFlightBatches inFlight) {
        this.pool = pool;
        this.domains = domains;
        this.nowMicros = nowMicros;
        this.cache = cache;
        this.inFlight = inFlight;
    }

    /** Fails with {@link NotCached} when nothing was sent, otherwise as PostgreSQL fails. */
    Future<CommitPlan> commit(CommitBatch arrivals, InFlightBatches.Slot slot) {
        List<Event> events = arrivals.events();
        CommitPlan commit = new CommitPlan(domains, arrivals);
        return lookUp(events, commit).compose(found -> slot.beforeDecided()).compose(mine -> {
            if (!covers(events)) {
                return Future.failedFuture(new NotCached());
            }
            cache.load(events, commit);
            if (!commit.late().isEmpty()) {
                return Future.failedFuture(new NotCached());
            }
            commit.decide(nowMicros.getAsLong());
            if (!commit.certain()) {
                return Future.failedFuture(new NotCached());
            }
            return send(commit, slot);
        });
    }

    /** Whether these events may be decided from the cache. */
    boolean covers(List<Event> events) {
        return !inFlight.fallingBack() && cache.covers(events);
    }

    private Future<CommitPlan> send(CommitPlan commit, InFlightBatches.Slot slot) {
        if (commit.hasDuplicates()) {
            batchesToLookUp = BATCHES_AFTER_DUPLICATE;
        }
        if (commit.written().isEmpty()) {
            slot.decided();
            return Future.succeededFuture(commit);
        }
        cache.apply(commit);
        slot.send();
        String base = slot.baseNumber();
        Future<CommitPlan> written = connection()
                .compose(connection -> connection
                        .preparedQuery(CommitSql.WRITE)
                        .execute(CommitParameters.write(commit, base, slot.number())))
                .map(commit)
                .onSuccess(done -> {
                    slot.written();
                    cache.confirm(done);
                })
                .onFailure(error -> {
                    slot.failed();
                    onFailure(commit.events(), error, slot.failedBecauseOfBase());
                });
        slot.decided();
        return written;
    }

    private void onFailure(List<Event> events, Throwable error, boolean withItsBase) {
        if (CommitErrors.isCacheMiss(error) && !withItsBase) {
            cache.doubt(events);
        } else {
            cache.remove(events);
        }
        if (CommitErrors.isDuplicate(error)) {
            batchesToLookUp = BATCHES_AFTER_DUPLICATE;
        }
        Future<SqlConnection> open = line;
        if (error instanceof PgException && CommitErrors.isUnavailable(error) && open != null) {
            // A server that became read-only may keep its connections open.
            line = null;
            open.compose(SqlConnection::close).onFailure(gone -> LOG.debug("it was closed already", gone));
        }
    }

    /** Reads what isn't cached: missing entities, and duplicates if there were some lately. */
    private Future<?> lookUp(List<Event> events, CommitPlan commit) {
        List<Future<?>> steps = new ArrayList<>(2);
        List<EntityRef> missing = cache.missing(events);
        if (!missing.isEmpty()) {
            steps.add(pool.preparedQuery(CommitSql.ENTITIES)
                    .execute(CommitParameters.entities(missing))
                    .onSuccess(commit::entities));
        }
        if (batchesToLookUp > 0) {
            batchesToLookUp--;
            steps.add(pool.preparedQuery(CommitSql.KNOWN)
                    .execute(CommitParameters.identities(events))
                    .onSuccess(commit::known));
        }
        return steps.isEmpty() ? Future.succeededFuture() : Future.join(steps);
    }

    /** Opens the pipeline's own connection, and prepares what is sent on it. */
    Future<?> warmUp() {
        return connection()
                .compose(connection -> connection.prepare(CommitSql.WRITE))
                .compose(PreparedStatement::close);
    }

    /** The pipeline's own connection, on which batches are sent in order. */
    private Future<SqlConnection> connection() {
        Future<SqlConnection> open = line;
        if (open == null || open.failed()) {
            open = pool.getConnection().onSuccess(connection -> connection.closeHandler(closed -> line = null));
            line = open;
        }
        return open;
    }

    /** The cache doesn't cover these events; no statement was sent. */
    static final class NotCached extends RuntimeException {
        NotCached() {
            super("the cache doesn't cover these events", null, false, false);
        }
    }
}
