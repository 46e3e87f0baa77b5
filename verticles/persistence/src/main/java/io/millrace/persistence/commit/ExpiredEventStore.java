package io.millrace.persistence.commit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records events that were dropped because they had expired, for their journeys. If that fails, no request is refused.
 * Owned by the persistence verticle's event loop.
 */
public final class ExpiredEventStore {
    private static final Logger LOG = LoggerFactory.getLogger(ExpiredEventStore.class);

    public static final String ROUTER = "router";

    private static final String INSERT = "insert into dropped (id, source, type, stream, owner, audience, priority,"
            + " publisher, accepted_at, taken_at, attempts, path, stage) select id, source, type, stream, owner,"
            + " audience::json, priority, publisher, accepted, taken, attempts, path, $13"
            + " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::smallint[],"
            + " $8::text[], $9::bigint[], $10::bigint[], $11::smallint[], $12::smallint[]) as given (id, source, type, stream, owner,"
            + " audience, priority, publisher, accepted, taken, attempts, path)"
            // An event that was sent again and had expired again keeps its first record.
            + " on conflict do nothing";

    private static final int AT_ONCE = 1_000;

    private static final String FORGET = "delete from dropped where (id, source) in (select id, source from dropped"
            + " where dropped_at < now() - $1::bigint * interval '1 millisecond' order by dropped_at limit $2)";

    private final Pool pool;
    private final Counter here;

    public ExpiredEventStore(Pool pool, MeterRegistry metrics) {
        this.pool = pool;
        this.here = metrics.counter("millrace.persistence.expired.events");
    }

    /** Records the events that a commit found expired; completes even if that fails. */
    Future<Void> at(CommitPlan commit) {
        CommitBatch expired = commit.expired();
        if (expired.size() == 0) {
            return Future.succeededFuture();
        }
        here.increment(expired.size());
        return insert(expired, "persistence").recover(error -> {
            LOG.warn("could not record {} expired events: {}", expired.size(), error.getMessage());
            return Future.succeededFuture();
        });
    }

    /** Records the events that the router dropped. */
    public Future<Outcomes> recordRouterDrops(EventBatch batch) {
        List<Event> events = batch.events();
        return insert(CommitBatch.of(events, batch.path()), ROUTER)
                .recover(error -> PgErrors.unavailable(error))
                .map(done -> new Outcomes(events.stream()
                        .map(event -> Outcome.of(Outcome.Status.EXPIRED, event))
                        .toList()));
    }

    private Future<Void> insert(CommitBatch events, String stage) {
        return pool.preparedQuery(INSERT)
                .execute(CommitParameters.dropped(events).addString(stage))
                .mapEmpty();
    }

    /** Deletes old records in small parts, so that no other statement waits for it. */
    public Future<Void> deleteOlderThan(Duration keep) {
        return pool.preparedQuery(FORGET)
                .execute(Tuple.of(keep.toMillis(), AT_ONCE))
                .compose(gone -> gone.rowCount() < AT_ONCE ? Future.succeededFuture() : deleteOlderThan(keep));
    }
}
