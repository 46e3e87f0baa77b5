package io.millrace.sinks.parked;

import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.millrace.postgres.lease.Lease;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of a sink that aren't delivered yet though its positions are past them, in PostgreSQL: written under the
 * fence of its lease. Failures are {@code UNAVAILABLE}. Belongs to one event loop.
 */
public final class ParkedEvents {
    private static final String HELD =
            "with held as materialized (select sink from sink_leases where sink = $1 and fence = $2 and holder = $3"
                    + " and until > clock_timestamp() for share) ";

    private static final String LOAD =
            "select number, stream, epoch, pos, key, attempts, first_ms, due_ms from sink_parked"
                    + " where sink = $1 and not dead and number > $2 order by number limit $3";

    /** A page that is read again finds its events parked already. */
    private static final String PARK = HELD
            + """
            insert into sink_parked (sink, stream, epoch, pos, key, attempts, first_ms, due_ms, error, dead)
            select held.sink, $4, $5, $6, $7, $8, $9, $10, $11, $12 from held
            on conflict (sink, stream, epoch, pos) do update set error = excluded.error, dead = excluded.dead,
              first_ms = case when sink_parked.dead then excluded.first_ms else sink_parked.first_ms end,
              attempts = case when sink_parked.dead then excluded.attempts else sink_parked.attempts end
            returning number""";

    private static final String UPDATE = HELD
            + "update sink_parked p set attempts = $5, due_ms = $6, error = $7, dead = $8 from held"
            + " where p.number = $4 returning p.number";

    private static final String DELETE =
            HELD + "delete from sink_parked p using held where p.number = $4 returning p.number";

    /** So many at most may wait to be redriven: the most that sinks.webhook.parked.max can be. */
    public static final int REDRIVEN = 100_000;

    private static final String DEAD = "select count(*) from sink_parked where sink = $1 and dead";

    private final Pool pool;
    private final Lease lease;

    public ParkedEvents(Pool pool, Lease lease) {
        this.pool = pool;
        this.lease = lease;
    }

    /** Those that wait, behind a number, in the order in which they were parked. */
    public Future<List<ParkedEvent>> load(long behind, int most) {
        return run(LOAD, Tuple.of(lease.task(), behind, most)).map(rows -> {
            List<ParkedEvent> parked = new ArrayList<>();
            for (Row row : rows) {
                parked.add(new ParkedEvent(
                        row.getLong(0),
                        row.getString(1),
                        new Position(row.getString(2), row.getLong(3)),
                        row.getString(4),
                        row.getInteger(5),
                        row.getLong(6),
                        row.getLong(7)));
            }
            return parked;
        });
    }

    public Future<Long> dead() {
        return run(DEAD, Tuple.of(lease.task()))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Keeps an event; completes with its number. */
    public Future<Long> park(ParkedEvent event, @Nullable String error, boolean dead) {
        Tuple values = held().addString(event.stream())
                .addString(event.position().epoch())
                .addLong(event.position().offset())
                .addString(event.key())
                .addInteger(event.attempts())
                .addLong(event.firstMs())
                .addLong(event.dueMs())
                .addString(error)
                .addBoolean(dead);
        return written(run(PARK, values));
    }

    public Future<Long> update(ParkedEvent event, @Nullable String error, boolean dead) {
        Tuple values = held().addLong(event.number())
                .addInteger(event.attempts())
                .addLong(event.dueMs())
                .addString(error)
                .addBoolean(dead);
        return written(run(UPDATE, values));
    }

    public Future<Long> delete(ParkedEvent event) {
        return written(run(DELETE, held().addLong(event.number())));
    }

    private Tuple held() {
        return Tuple.of(lease.task(), lease.fence(), lease.holder());
    }

    private Future<Long> written(Future<RowSet<Row>> rows) {
        return rows.compose(found -> {
            if (found.size() == 0) {
                lease.end();
                return Future.failedFuture(lease.lost());
            }
            return Future.succeededFuture(found.iterator().next().getLong(0));
        });
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(sql)
                .execute(values)
                .recover(error ->
                        Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, PgErrors.reason(error), error)));
    }
}
