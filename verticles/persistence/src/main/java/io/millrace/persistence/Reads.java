package io.millrace.persistence;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;

/** Statements that only read, on connections of their own, so that they never delay a commit. */
final class Reads {
    private final Pool pool;

    Reads(Pool pool) {
        this.pool = pool;
    }

    /** Fails with {@link MillraceException}. */
    Future<RowSet<Row>> run(String sql, Tuple parameters) {
        return pool.preparedQuery(sql).execute(parameters).recover(error -> {
            if (!PgFailures.worldIsDown(error)) {
                // A NUL in a name, say: no text of PostgreSQL's.
                return Future.failedFuture(new MillraceException(
                        Failure.BAD_MESSAGE, "PostgreSQL can't look that up: " + PgFailures.reason(error)));
            }
            return PgErrors.unavailable(error);
        });
    }
}
