package io.millrace.persistence;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Statements that only read, on connections of their own, so that they never delay a commit. */
final class Reads {
    private static final Logger LOG = LoggerFactory.getLogger(Reads.class);

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
            LOG.warn("PostgreSQL doesn't answer a read: {}", error.getMessage());
            return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "PostgreSQL doesn't answer"));
        });
    }
}
