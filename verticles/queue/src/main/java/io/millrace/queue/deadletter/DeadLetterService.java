package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;

/**
 * Executes operators' commands about dead letters, and records them. A command is one transaction: the letters are
 * locked, so that no other command changes them meanwhile; redriven ones are sent to Kafka; then they are marked. A
 * crash in between leaves them open, and an event that is redriven twice is a duplicate. Owned by the queue verticle's
 * event loop.
 */
public final class DeadLetterService {
    private final Pool pool;
    private final DeadLetterRepository table;
    private final DeadLetterRedriver redrive;
    private final DeadLetterEditor edits;
    private final DeadLetterActs paced;
    private final int most;

    /**
     * @param paced the acts that are carried out bit by bit
     * @param most the largest number of letters of one command
     */
    public DeadLetterService(
            Pool pool,
            DeadLetterRepository table,
            DeadLetterRedriver redrive,
            DeadLetterEditor edits,
            DeadLetterActs paced,
            int most) {
        this.pool = pool;
        this.table = table;
        this.redrive = redrive;
        this.edits = edits;
        this.paced = paced;
        this.most = most;
    }

    public Future<DeadLetterCommandResult> execute(DeadLetterCommand act) {
        return Future.succeededFuture(act)
                .compose(asked -> switch (asked.kind()) {
                    case EDIT -> edit(asked);
                    case DENIED ->
                        pool.withConnection(connection -> note(connection, asked, 0))
                                .map(noted -> new DeadLetterCommandResult(0, 0));
                    case STOP -> stop(asked);
                    case REDRIVE, DISCARD, RESTORE -> decide(asked, Decision.of(asked.kind()));
                })
                .recover(PgErrors::toFailure);
    }

    private Future<DeadLetterCommandResult> decide(DeadLetterCommand act, Decision decision) {
        DeadLetterFilter filter = act.filter().in(decision.before());
        return table.count(filter).compose(matched -> {
            Future<Long> done = act.dryRun()
                    ? Future.succeededFuture(0L)
                    : act.pace() > 0 ? paced.begin(act, matched).map(0L) : decideNow(act, decision, filter);
            return done.map(letters -> new DeadLetterCommandResult(matched, letters));
        });
    }

    private Future<DeadLetterCommandResult> stop(DeadLetterCommand act) {
        return pool.withTransaction(connection ->
                        DeadLetterActs.end(connection, act.filter().act()).compose(stopped -> note(connection, act, 0)))
                .map(noted -> new DeadLetterCommandResult(1, 1));
    }

    /** The number of letters that were changed. */
    private Future<Long> decideNow(DeadLetterCommand act, Decision decision, DeadLetterFilter filter) {
        return pool.withTransaction(connection -> connection
                .preparedQuery(DeadLetterSql.LOCK)
                .execute(DeadLetterRepository.filter(filter).addInteger(most))
                .map(decision::fitting)
                .compose(ids -> decision.send(redrive, connection, ids))
                .compose(sent -> sent.ids.isEmpty() && sent.failure != null
                        ? Future.failedFuture(sent.failure)
                        : note(connection, act, sent.ids.size())
                                .compose(number -> decision.mark(connection, sent.ids, number))
                                .map(marked -> (long) sent.ids.size())));
    }

    private Future<DeadLetterCommandResult> edit(DeadLetterCommand act) {
        byte[] change = act.change();
        if (change == null || act.filter().ids().size() != 1) {
            throw new MillraceException(Failure.BAD_MESSAGE, "an edit is of one letter, and says what to change");
        }
        long id = act.filter().ids().get(0);
        return pool.withTransaction(connection -> connection
                .preparedQuery(DeadLetterSql.EDITED)
                .execute(Tuple.of(id))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        throw new MillraceException(Failure.NOT_FOUND, "no dead letter " + id + " stands");
                    }
                    Row row = rows.iterator().next();
                    DeadLetterEditor.Edited edited =
                            edits.apply(row.getBuffer(0).getBytes(), row.getInteger(1), change);
                    return note(connection, act, 1).compose(number -> connection
                            .preparedQuery(DeadLetterSql.EDIT)
                            .execute(edited.parameters(id, number)));
                })
                .map(done -> new DeadLetterCommandResult(1, 1)));
    }

    /** Records the command; completes with its number. */
    private static Future<Long> note(SqlConnection connection, DeadLetterCommand act, int letters) {
        byte[] change = act.change();
        return connection
                .preparedQuery(DeadLetterSql.ACT)
                .execute(Tuple.of(
                        act.by().replace('\0', '\uFFFD'),
                        DeadLetterRepository.wire(act.kind()),
                        DeadLetterRepository.json(act.filter()),
                        letters,
                        change == null ? null : new String(change, StandardCharsets.UTF_8)))
                .map(rows -> rows.iterator().next().getLong(0));
    }
}
