package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operator decides about dead letters: in which state they must be, and in which they are then.
 *
 * @param sends whether they are sent
 */
record Decision(DeadLetter.State before, DeadLetter.State after, boolean sends) {
    /** Bytes of the letters of one redrive, which are in memory meanwhile; half of a producer's buffer. */
    private static final long MAX_BYTES = 16 << 20;

    static Decision of(DeadLetterCommand.Kind kind) {
        return switch (kind) {
            case REDRIVE -> new Decision(DeadLetter.State.DEAD, DeadLetter.State.REDRIVEN, true);
            case DISCARD -> new Decision(DeadLetter.State.DEAD, DeadLetter.State.DISCARDED, false);
            case RESTORE -> new Decision(DeadLetter.State.DISCARDED, DeadLetter.State.DEAD, false);
            case EDIT, DENIED, STOP -> throw new IllegalArgumentException(kind + " decides about no letters");
        };
    }

    /** Of locked letters, which are rows of id and size, as many as fit, at least one. */
    List<Long> fitting(Iterable<Row> rows) {
        List<Long> ids = new ArrayList<>();
        long bytes = 0;
        for (Row row : rows) {
            bytes += row.getInteger(1);
            if (sends && bytes > MAX_BYTES && !ids.isEmpty()) {
                break;
            }
            ids.add(row.getLong(0));
        }
        return ids;
    }

    Future<DeadLetterRedriver.Sent> send(DeadLetterRedriver redriver, SqlConnection connection, List<Long> ids) {
        if (sends) {
            return redriver.send(connection, ids);
        }
        DeadLetterRedriver.Sent all = new DeadLetterRedriver.Sent();
        all.ids.addAll(ids);
        return Future.succeededFuture(all);
    }

    Future<Void> mark(SqlConnection connection, List<Long> ids, long act) {
        return connection
                .preparedQuery(DeadLetterSql.MARK)
                .execute(Tuple.of(ids.toArray(Long[]::new), DeadLetterRepository.wire(after), act))
                .mapEmpty();
    }
}
