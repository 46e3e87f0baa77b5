package io.millrace.persistence.query;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

/** Runs read-only statements on connections of their own, so that they never delay a commit. */
public final class ReadPool {
    private final Pool pool;

    public ReadPool(Pool pool) {
        this.pool = pool;
    }

    /** Fails with {@link MillraceException}. */
    public Future<RowSet<Row>> run(String sql, Tuple parameters) {
        return pool.preparedQuery(sql).execute(parameters).recover(error -> {
            if (!CommitErrors.isUnavailable(error)) {
                // For instance a NUL in a name, which PostgreSQL's texts can't have.
                return Future.failedFuture(new MillraceException(
                        Failure.BAD_MESSAGE, "PostgreSQL can't look that up: " + CommitErrors.reason(error)));
            }
            return PgErrors.unavailable(error);
        });
    }
}
