package io.millrace.persistence.retention;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.resilience.AsyncLoop;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * One sweep over the audit of entities, page by page on the disk, which removes the changes that are past their time and
 * whose events are gone. Owned by the persistence verticle's event loop.
 */
final class ChangeRetention {
    private final Duration keep;
    private final Pace pace;
    private final Counter removed;
    private final BooleanSupplier stopping;

    ChangeRetention(Duration keep, Pace pace, MeterRegistry metrics, BooleanSupplier stopping) {
        this.keep = keep;
        this.pace = pace;
        this.removed = metrics.counter("millrace.persistence.removed.changes");
        this.stopping = stopping;
    }

    Future<Void> sweep(SqlConnection connection) {
        return connection.query(RetentionSql.PAGES).execute().compose(size -> {
            long pages = size.iterator().next().getLong(0);
            long[] from = {0};
            return AsyncLoop.run(() -> from[0] >= pages || stopping.getAsBoolean()
                    ? Future.succeededFuture(false)
                    : pace.runRows(step -> remove(connection, from, step)).map(true));
        });
    }

    private Future<Void> remove(SqlConnection connection, long[] from, int pages) {
        return connection
                .preparedQuery(RetentionSql.REMOVE_CHANGES)
                .execute(Tuple.of(from[0], from[0] + pages, keep.toMillis()))
                .map(done -> {
                    from[0] += pages;
                    removed.increment(done.rowCount());
                    return null;
                });
    }
}
