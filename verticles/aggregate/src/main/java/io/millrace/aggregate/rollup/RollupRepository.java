package io.millrace.aggregate.rollup;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Writes the tables of the roll-ups. The events never leave PostgreSQL: one statement reads a page of them, adds it up
 * and advances the progress. Owned by the aggregate verticle's event loop.
 */
public final class RollupRepository {
    private final Pool pool;
    private final KpiRegistry figures;
    private final Object[] definitions;
    /** An array as one parameter. */
    private final Object ids;
    /** Streams in which every KPI has started, so that a page rarely has to check. */
    private final Cache<String, Boolean> begun =
            Caffeine.newBuilder().maximumSize(100_000).build();

    /**
     * The result of a page.
     *
     * @param events the number of events read, each once for all KPIs with the same progress
     * @param more the streams with further events
     */
    record Page(int events, List<String> more) {}

    public RollupRepository(Pool pool, KpiRegistry figures) {
        this.pool = pool;
        this.figures = figures;
        Collection<Figure> all = figures.all();
        this.ids = all.stream().map(Figure::id).toArray(Integer[]::new);
        this.definitions = new Object[] {
            ids,
            texts(all, figure -> figure.kpi().type().name()),
            texts(all, Figure::function),
            texts(all, Figure::field),
            texts(all, Figure::periods)
        };
    }

    /**
     * Adds the next events of some streams to the figures, each exactly once: a failed page adds nothing, and a page
     * that another node has locked is skipped.
     *
     * @param events the approximate number of events, shared by the streams
     */
    public Future<Page> add(List<String> streams, int events) {
        Tuple parameters = Tuple.from(definitions);
        return begin(streams)
                .compose(there -> pool.preparedQuery(RollupSql.ADD)
                        .execute(parameters
                                .addValue(streams.toArray(String[]::new))
                                .addInteger(events)))
                .map(rows -> {
                    int read = 0;
                    List<String> more = new ArrayList<>();
                    for (Row row : rows) {
                        read += row.getInteger(1);
                        if (row.getBoolean(2)) {
                            more.add(row.getString(0));
                        }
                    }
                    return new Page(read, more);
                });
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
