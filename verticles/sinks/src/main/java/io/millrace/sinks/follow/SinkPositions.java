package io.millrace.sinks.follow;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.resilience.Batcher;
import io.millrace.postgres.PgErrors;
import io.millrace.postgres.lease.Lease;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.StreamSelection;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the sinks of a node are in each stream, in PostgreSQL. A position is written under the fence of its sink's lease:
 * what an earlier holder still writes is refused. Failures are {@code UNAVAILABLE}. Belongs to one event loop.
 */
public final class SinkPositions {
    /** The leases are locked, so that nobody acquires one between this look at it and the commit. */
    private static final String HELD =
            """
            with held as materialized (
              select l.sink from sink_leases l join unnest($1::text[], $2::bigint[]) as mine (sink, fence)
              on l.sink = mine.sink and l.fence = mine.fence
              where l.holder = $3 and l.until > clock_timestamp() for share of l
            )""";

    private static final String UPSERT =
            " on conflict (sink, stream) do update set epoch = excluded.epoch, pos = excluded.pos";

    /** Returns the sinks whose leases are held. A reset has the last word: what is of an epoch before it isn't written. */
    private static final String SAVE = HELD
            + """
            , written as (insert into sink_positions (sink, stream, epoch, pos)
            select now.sink, now.stream, now.epoch, now.pos
            from unnest($4::text[], $5::text[], $6::text[], $7::bigint[]) as now (sink, stream, epoch, pos)
            join held on held.sink = now.sink left join streams s on s.name = now.stream
            where s.epoch is null or s.epoch = now.epoch"""
            + UPSERT
            + ") select sink from held";

    private static final String CHOSEN = " s.head > 0 and (s.name = any($%1$d::text[]) or exists"
            + " (select from unnest($%2$d::text[]) prefix where starts_with(s.name, prefix)))";
    /** With names alone the index finds the streams. */
    private static final String NAMED =
            " s.head > 0 and s.name = any($%1$d::text[]) and cardinality($%2$d::text[]) = 0";

    /** Present streams get their ends; one that has a position keeps it. Returns a row if the lease is held. */
    private static final String AT_ENDS = HELD
            + """
            , begun as (
              insert into sink_positions (sink, stream, epoch, pos)
              select held.sink, s.name, s.epoch, s.head from held, streams s where"""
            + CHOSEN.formatted(4, 5)
            + " on conflict do nothing) select sink from held";

    private static final String LOAD = "select epoch, pos from sink_positions where sink = $1 and stream = $2";

    /** Streams $2 and those that begin with $3, after $6, changed within $4 ms (0: whenever), in which a sink is behind. */
    private static final String BEHIND =
            """
            select s.name, s.head - coalesce(case when p.epoch = s.epoch then p.pos end, 0)
            from streams s left join sink_positions p on p.sink = $1 and p.stream = s.name
            where s.name > $6 and ($4::int = 0 or s.changed_at > now() - $4::int * interval '1 millisecond')
              and (p.pos is null or p.epoch <> s.epoch or p.pos < s.head) and""";

    private static final String BEHIND_CHOSEN = BEHIND + CHOSEN.formatted(2, 3) + " order by s.name limit $5";
    private static final String BEHIND_NAMED = BEHIND + NAMED.formatted(2, 3) + " order by s.name limit $5";

    private static final Batcher.Limits LIMITS = new Batcher.Limits(1_000, 1_000_000, 1);

    private final Pool pool;
    private final Batcher<Entry, Boolean> saves;

    private record Entry(Lease lease, String stream, Position position) {}

    /**
     * A stream in which a sink is behind.
     *
     * @param events how many of its events the sink hasn't had yet
     */
    record Behind(String stream, long events) {}

    public SinkPositions(Pool pool, MeterRegistry metrics) {
        this.pool = pool;
        this.saves = new Batcher<>("sinks-positions", LIMITS, metrics, this::write);
    }

    /** Where a sink is in a stream; null if it hasn't begun there. */
    Future<@Nullable Position> load(String sink, String stream) {
        return run(LOAD, Tuple.of(sink, stream)).<@Nullable Position>map(rows -> {
            if (rows.size() == 0) {
                return null;
            }
            Row row = rows.iterator().next();
            return new Position(row.getString(0), row.getLong(1));
        });
    }

    /**
     * The streams in which a sink is behind, by name, the first {@code limit} of them.
     *
     * @param withinMs only streams that changed within so many milliseconds; 0 for all
     * @param after only streams with later names
     */
    Future<List<Behind>> behind(Sink sink, int withinMs, String after, int limit) {
        StreamSelection streams = sink.streams();
        Tuple values = Tuple.of(sink.name())
                .addArrayOfString(streams.names().toArray(String[]::new))
                .addArrayOfString(streams.prefixes().toArray(String[]::new))
                .addInteger(withinMs)
                .addInteger(limit)
                .addString(after);
        return run(streams.prefixes().isEmpty() ? BEHIND_NAMED : BEHIND_CHOSEN, values)
                .map(rows -> {
                    List<Behind> behind = new ArrayList<>();
                    rows.forEach(row -> behind.add(new Behind(row.getString(0), row.getLong(1))));
                    return behind;
                });
    }

    /** Begins at the ends of the streams that are there. */
    Future<Void> beginAtEnds(Lease lease, StreamSelection streams) {
        Tuple values = held(List.of(lease))
                .addArrayOfString(streams.names().toArray(String[]::new))
                .addArrayOfString(streams.prefixes().toArray(String[]::new));
        return run(AT_ENDS, values).compose(rows -> rows.size() == 1 ? Future.succeededFuture() : refused(lease));
    }

    private static Future<Void> refused(Lease lease) {
        lease.end();
        return Future.failedFuture(lease.lost());
    }

    /** Notes where a sink is; together with what else is noted at the time. Fails if the sink is another node's. */
    Future<Void> save(Lease lease, String stream, Position position) {
        if (!lease.isHeld()) {
            return Future.failedFuture(lease.lost());
        }
        return saves.add(new Entry(lease, stream, position))
                .compose(saved -> saved ? Future.succeededFuture() : refused(lease));
    }

    private Future<List<Boolean>> write(List<Entry> entries) {
        Tuple values = held(entries.stream().map(Entry::lease).distinct().toList())
                .addArrayOfString(
                        entries.stream().map(entry -> entry.lease.task()).toArray(String[]::new))
                .addArrayOfString(entries.stream().map(Entry::stream).toArray(String[]::new))
                .addArrayOfString(
                        entries.stream().map(entry -> entry.position.epoch()).toArray(String[]::new))
                .addArrayOfLong(
                        entries.stream().map(entry -> entry.position.offset()).toArray(Long[]::new));
        return run(SAVE, values).map(rows -> {
            Set<String> written = new HashSet<>();
            rows.forEach(row -> written.add(row.getString(0)));
            return entries.stream()
                    .map(entry -> written.contains(entry.lease.task()))
                    .toList();
        });
    }

    private static Tuple held(List<Lease> leases) {
        return Tuple.tuple()
                .addArrayOfString(leases.stream().map(Lease::task).toArray(String[]::new))
                .addArrayOfLong(leases.stream().map(Lease::fence).toArray(Long[]::new))
                .addString(leases.get(0).holder());
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(sql)
                .execute(values)
                .recover(error ->
                        Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, PgErrors.reason(error), error)));
    }
}
