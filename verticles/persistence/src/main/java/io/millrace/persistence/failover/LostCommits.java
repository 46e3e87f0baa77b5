package io.millrace.persistence.failover;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.persistence.failover.AcknowledgedHeads.Head;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.persistence.store.StreamRegistry;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, when another server has become the primary, whether it has the events that this node has acknowledged. A standby that
 * no commit waited for may lack the last ones. Their positions will be given to other events, so the streams get new epochs:
 * whoever had read on is told that the stream begins anew, and is not left with a silent gap. Owned by the persistence
 * verticle's event loop.
 */
public final class LostCommits {
    private static final Logger LOG = LoggerFactory.getLogger(LostCommits.class);
    private static final int NAMED = 10;

    /** An event that history keeps no more was there: its stream has come further. Another node may have been first. */
    private static final String RENEW =
            "with given as (select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])"
                    + " as given (name, epoch, pos, source, id, fresh)),"
                    + " lost as (select given.*, s.id as stream, s.head from given"
                    + " left join streams s on s.name = given.name"
                    + " left join events e on e.stream = s.id and e.pos = given.pos"
                    + " where s.id is null or (s.epoch = given.epoch"
                    + " and (s.head < given.pos or e.source <> given.source or e.id <> given.id))),"
                    // In the order in which commits lock them.
                    + " locked as (select id from streams where id in (select stream from lost) order by id for update),"
                    + " renewed as (update streams s set epoch = lost.fresh, changed_at = clock_timestamp()"
                    + " from lost join locked on locked.id = lost.stream"
                    + " where s.id = lost.stream and s.epoch = lost.epoch returning s.id)"
                    + " select name, case when stream is null then 1 else greatest(pos - head, 1) end from lost"
                    + " where stream is null or stream in (select id from renewed) order by name";

    /** Before the streams, as a reset does. */
    private static final String LOCK_STATE = "select from database_state for update";
    /** From now on streams that begin get epochs that none had before: one that was lost whole may come again. */
    private static final String COUNT = "update database_state set lost = lost + $1";

    private final Vertx vertx;
    private final Pool pool;
    private final AcknowledgedHeads heads = new AcknowledgedHeads();
    private final StreamRegistry streams;
    private final RestoreCheck restore;
    private final Counter lost;
    private Future<Void> looked = Future.succeededFuture();

    LostCommits(Vertx vertx, Pool pool, StreamRegistry streams, RestoreCheck restore, MeterRegistry metrics) {
        this.vertx = vertx;
        this.pool = pool;
        this.streams = streams;
        this.restore = restore;
        this.lost = metrics.counter("millrace.persistence.lost.events");
    }

    /**
     * With a {@link RestoreCheck}.
     *
     * @param redis where it is remembered how far the database was
     * @param moved called when the database is found to be another one than before, or its streams to have been reset
     */
    public static LostCommits start(
            Vertx vertx,
            Pool pool,
            StreamRegistry streams,
            RedisSettings redis,
            Runnable moved,
            MeterRegistry metrics) {
        RestoreCheck restore = new RestoreCheck(vertx, pool, new RestoreWitness(vertx, redis), moved, metrics);
        return new LostCommits(vertx, pool, streams, restore, metrics);
    }

    /** Notes events that were committed; called before anybody else knows of them. */
    public void note(List<CommittedEvent> events) {
        heads.note(events);
        restore.committed();
    }

    /**
     * Completes when it is known what the last failover has lost, and whether the database was restored from a backup; until
     * then no commit may give its positions to others.
     */
    public Future<Void> looked() {
        return looked;
    }

    /**
     * Another server may have become the primary, or an older copy of its files. The question is repeated until the server
     * answers, and another one waits for its answer; if the server refuses it, that is logged, and commits go on.
     */
    public void look() {
        looked = looked.compose(before -> restore.check())
                .onFailure(error ->
                        LOG.error("whether PostgreSQL was restored from a backup is unknown: {}", error.getMessage()))
                .otherwise(false)
                .compose(anew -> {
                    if (anew) {
                        // Every stream has a new epoch, and sinks' positions have taken it along.
                        heads.forgetAll();
                    }
                    return ask();
                })
                .onFailure(error -> LOG.warn("what a failover has lost is unknown: {}", error.getMessage()))
                .otherwiseEmpty();
    }

    /** When no commit is under way any more. */
    public Future<Void> stop() {
        return restore.stop();
    }

    private Future<Void> ask() {
        List<Head> known = heads.all();
        if (known.isEmpty()) {
            return Future.succeededFuture();
        }
        return new Retry(
                        vertx,
                        new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), ThreadLocalRandom.current()),
                        CommitErrors::isUnavailable)
                .run("the question which acknowledged events a failover has lost", () -> renew(known))
                .onSuccess(rows -> tell(rows, known))
                .mapEmpty();
    }

    private Future<RowSet<Row>> renew(List<Head> known) {
        return pool.withTransaction(connection -> connection
                .query(LOCK_STATE)
                .execute()
                .compose(locked -> connection.preparedQuery(RENEW).execute(heads(known)))
                .compose(rows -> rows.size() == 0
                        ? Future.succeededFuture(rows)
                        : connection
                                .preparedQuery(COUNT)
                                .execute(Tuple.of(events(rows)))
                                .map(rows)));
    }

    private static long events(RowSet<Row> lost) {
        long number = 0;
        for (Row row : lost) {
            number += row.getLong(1);
        }
        return number;
    }

    private Tuple heads(List<Head> known) {
        return Tuple.tuple()
                .addArrayOfString(texts(known, Head::stream))
                .addArrayOfString(texts(known, head -> head.position().epoch()))
                .addArrayOfLong(
                        known.stream().map(head -> head.position().offset()).toArray(Long[]::new))
                .addArrayOfString(texts(known, Head::source))
                .addArrayOfString(texts(known, Head::id))
                .addArrayOfString(texts(known, head -> streams.resetEpoch()));
    }

    private static String[] texts(List<Head> heads, Function<Head, String> text) {
        return heads.stream().map(text).toArray(String[]::new);
    }

    private void tell(RowSet<Row> rows, List<Head> known) {
        Map<String, Head> asked = known.stream().collect(Collectors.toMap(Head::stream, head -> head));
        List<String> names = new ArrayList<>();
        long number = events(rows);
        for (Row row : rows) {
            names.add(row.getString(0));
            heads.forget(Objects.requireNonNull(asked.get(row.getString(0))));
        }
        if (names.isEmpty()) {
            return;
        }
        lost.increment(number);
        LOG.error(
                "a failover of PostgreSQL lost at least {} acknowledged events; {} streams begin anew for their clients: {}{}."
                        + " Let each commit wait for a standby: synchronous_standby_names",
                number,
                names.size(),
                names.stream().limit(NAMED).collect(Collectors.joining(", ")),
                names.size() > NAMED ? ", and others" : "");
    }
}
