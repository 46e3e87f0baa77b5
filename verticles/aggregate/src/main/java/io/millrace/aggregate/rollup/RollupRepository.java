package io.millrace.aggregate.rollup;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Writes the tables of the roll-ups. The events never leave PostgreSQL: one statement reads a page of them, adds it up
 * and advances the progress; where distinct values are counted, their hashes are added to sketches in the same transaction.
 * Owned by the aggregate verticle's event loop.
 */
public final class RollupRepository {
    private final Vertx vertx;
    private final Pool pool;
    private final KpiRegistry figures;
    private final Object[] definitions;
    /** An array as one parameter. */
    private final Object ids;
    /** Whether some KPI counts distinct values. */
    private final boolean sketches;
    /** Streams in which every KPI has started, so that a page rarely has to check. */
    private final Cache<String, Boolean> begun =
            Caffeine.newBuilder().maximumSize(100_000).build();

    /**
     * The result of a page.
     *
     * @param events the number of events read, each once for all KPIs with the same progress
     * @param more the streams with further events
     * @param removed the number of events that history has removed before they were counted
     */
    record Page(int events, List<String> more, long removed) {}

    private record Period(int kpi, String name, OffsetDateTime start) {}

    public RollupRepository(Vertx vertx, Pool pool, KpiRegistry figures) {
        this.vertx = vertx;
        this.pool = pool;
        this.figures = figures;
        Collection<Figure> all = figures.all();
        this.ids = all.stream().map(Figure::id).toArray(Integer[]::new);
        this.definitions = new Object[] {
            ids,
            texts(all, figure -> figure.kpi().type().name()),
            texts(all, Figure::function),
            texts(all, Figure::field),
            texts(all, Figure::periods),
            texts(all, Figure::zone)
        };
        this.sketches = all.stream().anyMatch(Figure::distinct);
    }

    /**
     * Adds the next events of some streams to the figures, each exactly once: a failed page adds nothing, and a page
     * that another node has locked is skipped.
     *
     * @param events the approximate number of events, shared by the streams
     */
    public Future<Page> add(List<String> streams, int events) {
        Tuple parameters =
                Tuple.from(definitions).addValue(streams.toArray(String[]::new)).addInteger(events);
        return begin(streams)
                .compose(there -> sketches
                        ? pool.withTransaction(connection -> connection
                                .preparedQuery(RollupSql.ADD)
                                .execute(parameters)
                                .compose(rows -> sketch(connection, rows).map(rows)))
                        : pool.preparedQuery(RollupSql.ADD).execute(parameters))
                .map(RollupRepository::page);
    }

    private static Page page(RowSet<Row> rows) {
        int read = 0;
        long removed = 0;
        List<String> more = new ArrayList<>();
        for (Row row : rows) {
            read += row.getInteger(1);
            removed += row.getLong(7);
            if (row.getBoolean(2)) {
                more.add(row.getString(0));
            }
        }
        return new Page(read, more, removed);
    }

    /** Adds the hashes of a page to the sketches of their periods, which no extension of PostgreSQL's does there. */
    private Future<?> sketch(SqlConnection connection, RowSet<Row> page) {
        Map<Period, Long[]> hashes = new LinkedHashMap<>();
        for (Row row : page) {
            if (row.getString(0) == null) {
                hashes.put(
                        new Period(row.getInteger(3), row.getString(4), row.getOffsetDateTime(5)),
                        row.getArrayOfLongs(6));
            }
        }
        if (hashes.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Period> periods = List.copyOf(hashes.keySet());
        return connection
                .preparedQuery(RollupSql.SKETCHES)
                .execute(of(periods))
                .compose(known -> vertx.executeBlocking(() -> merged(hashes, known)))
                .compose(sketches -> connection
                        .preparedQuery(RollupSql.SKETCHED)
                        .execute(of(periods)
                                .addArrayOfBuffer(sketches.stream()
                                        .map(DistinctSketch::toBytes)
                                        .toArray(Buffer[]::new))
                                .addArrayOfLong(sketches.stream()
                                        .map(DistinctSketch::count)
                                        .toArray(Long[]::new))));
    }

    /** The sketches after a page, in the order of the hashes. */
    private static List<DistinctSketch> merged(Map<Period, Long[]> hashes, RowSet<Row> known) {
        Map<Period, DistinctSketch> sketches = new LinkedHashMap<>();
        hashes.forEach((period, added) -> sketches.put(period, new DistinctSketch().add(List.of(added))));
        for (Row row : known) {
            Buffer sketch = row.getBuffer(3);
            if (sketch != null) {
                Objects.requireNonNull(
                                sketches.get(new Period(row.getInteger(0), row.getString(1), row.getOffsetDateTime(2))))
                        .add(sketch);
            }
        }
        return List.copyOf(sketches.values());
    }

    private static Tuple of(List<Period> periods) {
        return Tuple.tuple()
                .addArrayOfInteger(periods.stream().map(Period::kpi).toArray(Integer[]::new))
                .addArrayOfString(periods.stream().map(Period::name).toArray(String[]::new))
                .addArrayOfOffsetDateTime(periods.stream().map(Period::start).toArray(OffsetDateTime[]::new));
    }

    /** Starts the progress of new KPIs, before the first event. */
    private Future<?> begin(List<String> streams) {
        List<String> names = new ArrayList<>();
        List<Integer> kpis = new ArrayList<>();
        for (String stream : streams) {
            if (begun.getIfPresent(stream) == null) {
                for (Figure figure : figures.of(stream)) {
                    names.add(stream);
                    kpis.add(figure.id());
                }
            }
        }
        if (names.isEmpty()) {
            return Future.succeededFuture();
        }
        return pool.preparedQuery(RollupSql.BEGIN)
                .execute(Tuple.tuple()
                        .addArrayOfString(names.toArray(String[]::new))
                        .addArrayOfInteger(kpis.toArray(Integer[]::new)))
                .onSuccess(there -> names.forEach(name -> begun.put(name, true)));
    }

    /**
     * The streams with events that haven't been added yet.
     *
     * @param withinMs only streams that changed within so many milliseconds; 0 for all
     */
    Future<List<String>> behind(int withinMs) {
        return pool.preparedQuery(RollupSql.PROGRESS)
                .execute(Tuple.of(withinMs, ids))
                .map(rows -> {
                    List<String> behind = new ArrayList<>();
                    for (Row row : rows) {
                        String stream = row.getString(0);
                        int wanted = figures.of(stream).size();
                        int there = row.getInteger(2);
                        if (there < wanted) {
                            begun.invalidate(stream);
                        }
                        if (there < wanted || (wanted > 0 && row.getLong(3) < row.getLong(1))) {
                            behind.add(stream);
                        }
                    }
                    return behind;
                });
    }

    private static String[] texts(Collection<Figure> figures, Function<Figure, String> text) {
        return figures.stream().map(text).toArray(String[]::new);
    }
}
