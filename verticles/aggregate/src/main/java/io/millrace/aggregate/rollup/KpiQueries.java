package io.millrace.aggregate.rollup;

import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Answers queries about KPIs, on connections of its own, so that catching up doesn't delay them. */
public final class KpiQueries {
    private static final int MAX_LIMIT = 10_000;

    private final Pool pool;
    private final KpiRegistry figures;

    public KpiQueries(Pool pool, KpiRegistry figures) {
        this.pool = pool;
        this.figures = figures;
    }

    public Future<KpiRows> rows(KpiQuery query) {
        List<Figure> named = figures.named(query.kpis());
        Tuple parameters = Tuple.of(
                named.stream().map(Figure::id).toArray(Integer[]::new),
                named.stream().map(figure -> figure.kpi().name()).toArray(String[]::new),
                named.stream().map(Figure::function).toArray(String[]::new),
                Math.min(query.limit(), MAX_LIMIT));
        if (query.by() != null) {
            parameters
                    .addString(KpiRegistry.lower(query.by()))
                    .addLong(query.fromMicros())
                    .addLong(query.toMicros());
        }
        return pool.preparedQuery(query.by() == null ? RollupSql.TOTALS : RollupSql.PERIODS)
                .execute(parameters)
                .map(found -> {
                    List<KpiRows.Row> rows = new ArrayList<>();
                    for (Row row : found) {
                        rows.add(new KpiRows.Row(row.getString(0), row.getLong(1), row.getLong(2), row.getString(3)));
                    }
                    Collections.reverse(rows);
                    return new KpiRows(rows);
                })
                .recover(PgErrors::toFailure);
    }
}
