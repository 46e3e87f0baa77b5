package io.millrace.aggregate.live;

import io.millrace.aggregate.rollup.KpiRegistry;
import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The present values of KPIs in PostgreSQL: computed, kept, and read again. Owned by the aggregate verticle's event loop. */
public final class LiveRepository {
    private final Vertx vertx;
    private final Pool writes;
    private final Pool reads;
    private final KpiRegistry figures;
    private final Map<Integer, Figure> byId = new HashMap<>();
    /** Of what this node computed the last value of each KPI. */
    private final Map<Figure, Basis> computed = new HashMap<>();

    /**
     * What a value is computed of: as long as that is the same, so is the value.
     *
     * @param counted the transaction that counted an event last
     * @param step the number of the windows' last step
     */
    private record Basis(@Nullable String counted, long step) {}

    public LiveRepository(Vertx vertx, Pool writes, Pool reads, KpiRegistry figures) {
        this.vertx = vertx;
        this.writes = writes;
        this.reads = reads;
        this.figures = figures;
        figures.all().forEach(figure -> byId.put(figure.id(), figure));
    }

    /**
     * Computes the values of the KPIs whose last publication, by any node, was so long ago, and notes that they are
     * published. One node of several that try does it; if it dies meanwhile, nothing was noted.
     *
     * @return the values that are other than before
     */
    Future<KpiValues> publish(List<Figure> figures, Duration ago) {
        Map<Figure, Basis> bases = new HashMap<>();
        return writes.withTransaction(connection -> connection
                        .preparedQuery(LiveSql.DUE)
                        .execute(Tuple.of(ids(figures), ago.toMillis()))
                        .compose(due -> {
                            Map<Figure, @Nullable String> last = new LinkedHashMap<>();
                            List<Figure> incomplete = new ArrayList<>();
                            for (Row row : due) {
                                Figure figure = figure(row);
                                Basis basis = new Basis(row.getString(2), row.getLong(3) / figure.stepSeconds());
                                if (!row.getBoolean(4)) {
                                    incomplete.add(figure);
                                }
                                if (row.getString(1) == null
                                        || !row.getBoolean(4)
                                        || !basis.equals(computed.get(figure))) {
                                    last.put(figure, row.getString(1));
                                    bases.put(figure, basis);
                                }
                            }
                            // How far it is before the values: an event between the two makes them more, never less.
                            return last.isEmpty()
                                    ? Future.succeededFuture(new KpiValues(List.of()))
                                    : progress(connection, incomplete)
                                            .compose(progress -> values(connection, List.copyOf(last.keySet()), null)
                                                    .compose(values -> store(connection, values, last, progress)));
                        }))
                .onSuccess(published -> computed.putAll(bases))
                // A crash of PostgreSQL may undo what was counted.
                .onFailure(error -> computed.clear());
    }

    /** How far KPIs that weren't complete are; those that are now, and are noted so, aren't in it. */
    private Future<Map<Figure, CatchUp>> progress(SqlConnection connection, List<Figure> incomplete) {
        if (incomplete.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        return connection
                .preparedQuery(LiveSql.CATCHING_UP)
                .execute(Tuple.of((Object) ids(incomplete)))
                .compose(rows -> {
                    Map<Figure, CatchUp> progress = new HashMap<>();
                    rows.forEach(row -> progress.put(figure(row), new CatchUp(row.getLong(1), row.getLong(2))));
                    List<Figure> complete = incomplete.stream()
                            .filter(figure -> !progress.containsKey(figure))
                            .toList();
                    return complete.isEmpty()
                            ? Future.succeededFuture(progress)
                            : connection
                                    .preparedQuery(LiveSql.COMPLETE)
                                    .execute(Tuple.of((Object) ids(complete)))
                                    .map(progress);
                });
    }

    private Future<KpiValues> store(
            SqlConnection connection,
            Map<Figure, LiveValue> values,
            Map<Figure, @Nullable String> last,
            Map<Figure, CatchUp> progress) {
        List<Integer> ids = new ArrayList<>();
        List<@Nullable String> changed = new ArrayList<>();
        values.forEach((figure, value) -> {
            ids.add(figure.id());
            changed.add(value.changed(last.get(figure), progress.get(figure)));
        });
        return connection
                .preparedQuery(LiveSql.PUBLISHED)
                .execute(Tuple.of(ids.toArray(Integer[]::new), (Object) changed.toArray(String[]::new)))
                .map(this::found);
    }

    /**
     * The values of KPIs.
     *
     * @param at the moment; null for now
     */
    Future<Map<Figure, LiveValue>> values(SqlClient client, List<Figure> figures, @Nullable OffsetDateTime at) {
        return client.preparedQuery(LiveSql.VALUES)
                .execute(Tuple.of(
                        ids(figures),
                        figures.stream().map(Figure::function).toArray(String[]::new),
                        figures.stream().map(Figure::zone).toArray(String[]::new),
                        figures.stream().map(Figure::windows).toArray(String[]::new),
                        at))
                // Distinct values have a sketch for each step of a window.
                .compose(rows -> vertx.executeBlocking(() -> values(rows)));
    }

    private Map<Figure, LiveValue> values(Iterable<Row> rows) {
        Map<Figure, LiveValue> values = new LinkedHashMap<>();
        for (Row row : rows) {
            Figure figure = figure(row);
            values.computeIfAbsent(figure, first -> new LiveValue(figure.kpi())).add(figure, row);
        }
        return values;
    }

    /** The present values, as they were published last. */
    public Future<KpiValues> present(KpiValuesQuery query) {
        return reads.preparedQuery(LiveSql.PRESENT)
                .execute(Tuple.of((Object) ids(figures.named(query.kpis()))))
                .map(this::found)
                .recover(PgErrors::toFailure);
    }

    /** Removes what no window needs any more. */
    Future<?> forget() {
        return writes.query(LiveSql.FORGET).execute();
    }

    private KpiValues found(Iterable<Row> rows) {
        List<KpiValues.Value> values = new ArrayList<>();
        for (Row row : rows) {
            String data = row.getString(2);
            if (data != null) {
                values.add(new KpiValues.Value(
                        figure(row).kpi().name(), row.getLong(1), data.getBytes(StandardCharsets.UTF_8)));
            }
        }
        return new KpiValues(values);
    }

    private Figure figure(Row row) {
        return Objects.requireNonNull(byId.get(row.getInteger(0)), "only registered KPIs are asked for");
    }

    private static Integer[] ids(List<Figure> figures) {
        return figures.stream().map(Figure::id).toArray(Integer[]::new);
    }
}
