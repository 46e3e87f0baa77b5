package io.millrace.persistence.alert;

import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What operators do about alerts: kept in PostgreSQL with who did it, and so the same on all nodes. Owned by the persistence verticle's event loop. */
public final class AlertMarkStore {
    private static final int MOST_SILENCES = 1_000;
    private static final int AT_ONCE = 1_000;

    private final Pool pool;

    public AlertMarkStore(Pool pool) {
        this.pool = pool;
    }

    /** Does it, and answers with what is acknowledged and silenced then. */
    public Future<AlertMarks> command(AlertCommand command) {
        return execute(command).compose(done -> marks());
    }

    private Future<?> execute(AlertCommand command) {
        Tuple by = Tuple.of(command.alert(), command.about(), command.by());
        return switch (command.kind()) {
            case LIST -> Future.succeededFuture();
            case ACKNOWLEDGE -> one(AlertSql.ACKNOWLEDGE, by, Failure.NOT_FOUND, "the alert is not on");
            case UNACKNOWLEDGE -> one(AlertSql.UNACKNOWLEDGE, by, Failure.NOT_FOUND, "the alert is not acknowledged");
            case SILENCE ->
                one(
                        AlertSql.SILENCE,
                        by.addLong(command.untilMicros())
                                .addString(command.detail())
                                .addInteger(MOST_SILENCES),
                        Failure.OVERLOADED,
                        MOST_SILENCES + " alerts are silenced: end the silence of some");
            case UNSILENCE -> one(AlertSql.UNSILENCE, by, Failure.NOT_FOUND, "the alert is not silenced");
            case DENIED -> run(AlertSql.DENIED, Tuple.of(command.by(), command.detail()));
        };
    }

    private Future<?> one(String sql, Tuple values, Failure failure, String otherwise) {
        return run(sql, values)
                .compose(rows -> rows.size() == 0
                        ? Future.failedFuture(new MillraceException(failure, otherwise))
                        : Future.succeededFuture());
    }

    private Future<AlertMarks> marks() {
        List<AlertMarks.Acknowledgement> acknowledged = new ArrayList<>();
        return run(AlertSql.ACKNOWLEDGED, Tuple.tuple())
                .compose(rows -> {
                    for (Row row : rows) {
                        acknowledged.add(new AlertMarks.Acknowledgement(
                                row.getString(0), row.getString(1), row.getString(2), row.getLong(3)));
                    }
                    return run(AlertSql.SILENCED, Tuple.tuple());
                })
                .map(rows -> {
                    List<AlertMarks.Silence> silenced = new ArrayList<>();
                    for (Row row : rows) {
                        silenced.add(new AlertMarks.Silence(
                                row.getString(0),
                                row.getString(1),
                                row.getLong(2),
                                row.getString(3),
                                row.getString(4)));
                    }
                    return new AlertMarks(acknowledged, silenced);
                });
    }

    /** Deletes silences that are over, and what was recorded long ago, in small parts, so that no other statement waits for it. */
    public Future<Void> forget(Duration keepActs) {
        return run(AlertSql.END_SILENCES, Tuple.tuple()).compose(ended -> forgetActs(keepActs));
    }

    private Future<Void> forgetActs(Duration keep) {
        return run(AlertSql.FORGET, Tuple.of(keep.toMillis(), AT_ONCE))
                .compose(gone -> gone.rowCount() < AT_ONCE ? Future.succeededFuture() : forgetActs(keep));
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(sql).execute(values).recover(PgErrors::toFailure);
    }
}
