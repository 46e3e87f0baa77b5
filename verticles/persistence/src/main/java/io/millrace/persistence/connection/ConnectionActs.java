package io.millrace.persistence.connection;

import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Records what operators do about connections before it is done, and what was denied. Safe from any thread. */
public final class ConnectionActs {
    private static final int AT_ONCE = 1_000;

    private static final String RECORD =
            "insert into connection_acts (act, by_user, connection, person, tried) values ($1, $2, $3, $4, $5)";

    /** {@code $1} after how many milliseconds an act is old, {@code $2} how many at most. The ids follow the time. */
    private static final String FORGET = "delete from connection_acts where id in (select id from"
            + " (select id, at from connection_acts order by id limit $2::int) oldest"
            + " where at < now() - $1::bigint * interval '1 millisecond')";

    private final Pool pool;

    public ConnectionActs(Pool pool) {
        this.pool = pool;
    }

    public Future<ConnectionCommandResult> record(ConnectionCommand command) {
        return run(
                        RECORD,
                        Tuple.of(
                                command.kind().name().toLowerCase(Locale.ROOT),
                                command.by(),
                                command.connection(),
                                command.user(),
                                command.tried()))
                .map(new ConnectionCommandResult(0, List.of()));
    }

    /** Deletes what was recorded long ago, in small parts, so that no other statement waits for it. */
    public Future<Void> deleteOlderThan(Duration keep) {
        return run(FORGET, Tuple.of(keep.toMillis(), AT_ONCE))
                .compose(gone -> gone.rowCount() < AT_ONCE ? Future.succeededFuture() : deleteOlderThan(keep));
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(sql).execute(values).recover(PgErrors::toFailure);
    }
}
