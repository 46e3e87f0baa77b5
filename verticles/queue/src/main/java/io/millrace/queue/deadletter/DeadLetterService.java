package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Micros;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes operators' commands about dead letters, and records them. A command is one transaction: the letters are
 * locked, so that no other command changes them meanwhile; redriven ones are sent to Kafka; then they are marked. A
 * crash in between leaves them open, and an event that is redriven twice is a duplicate. Owned by the queue verticle's
 * event loop.
 */
public final class DeadLetterService {
    /** Bytes of the letters of one redrive, which are in memory meanwhile; half of a producer's buffer. */
    private static final long MAX_BYTES = 16 << 20;

    private final Pool pool;
    private final DeadLetterRepository table;
    private final DeadLetterRedriver redrive;
    private final DeadLetterEditor edits;
    private final int most;

    /**
     * @param most the largest number of letters of one command
     */
    public DeadLetterService(
            Pool pool, DeadLetterRepository table, DeadLetterRedriver redrive, DeadLetterEditor edits, int most) {
        this.pool = pool;
        this.table = table;
        this.redrive = redrive;
        this.edits = edits;
        this.most = most;
    }

    public Future<DeadLetterCommandResult> execute(DeadLetterCommand act) {
        return Future.succeededFuture(standing(act.filter()))
                .compose(filter -> switch (act.kind()) {
                    case EDIT -> edit(act);
                    case DENIED ->
                        pool.withConnection(connection -> note(connection, act, 0))
                                .map(noted -> new DeadLetterCommandResult(0, 0));
                    case REDRIVE, DISCARD ->
                        table.count(filter)
                                .compose(matched -> act.dryRun()
                                        ? Future.succeededFuture(new DeadLetterCommandResult(matched, 0))
                                        : decide(act, filter).map(done -> new DeadLetterCommandResult(matched, done)));
                })
                .recover(PgErrors::toFailure);
    }

    /** Only open letters can be changed. */
    private static DeadLetterFilter standing(DeadLetterFilter filter) {
        return new DeadLetterFilter(
                filter.ids(),
                filter.type(),
                filter.stream(),
                filter.reason(),
                filter.fingerprint(),
                filter.fromMicros(),
                filter.toMicros(),
                DeadLetter.State.DEAD);
    }

    /** The number of letters that were changed. */
    private Future<Long> decide(DeadLetterCommand act, DeadLetterFilter filter) {
        boolean back = act.kind() == DeadLetterCommand.Kind.REDRIVE;
        DeadLetter.State state = back ? DeadLetter.State.REDRIVEN : DeadLetter.State.DISCARDED;
        return pool.withTransaction(connection -> connection
                .preparedQuery(DeadLetterSql.LOCK)
                .execute(DeadLetterRepository.filter(filter).addInteger(most))
                .map(rows -> ids(rows, back ? MAX_BYTES : Long.MAX_VALUE))
                .compose(ids -> back ? redrive.send(connection, ids) : Future.succeededFuture(ids))
                .compose(ids -> note(connection, act, ids.size())
                        .compose(number -> connection
                                .preparedQuery(DeadLetterSql.MARK)
                                .execute(Tuple.of(ids.toArray(Long[]::new), DeadLetterRepository.wire(state), number)))
                        .map(marked -> (long) ids.size())));
    }

    /** As many letters as fit, at least one. */
    private static List<Long> ids(Iterable<Row> rows, long maxBytes) {
        List<Long> ids = new ArrayList<>();
        long bytes = 0;
        for (Row row : rows) {
            bytes += row.getInteger(1);
            if (bytes > maxBytes && !ids.isEmpty()) {
                break;
            }
            ids.add(row.getLong(0));
        }
        return ids;
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
                    DeadLetterEditor.Edited edited =
                            edits.apply(rows.iterator().next().getBuffer(0).getBytes(), change);
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
                        json(act.filter()),
                        letters,
                        change == null ? null : new String(change, StandardCharsets.UTF_8)))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    private static String json(DeadLetterFilter filter) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!filter.ids().isEmpty()) {
            ArrayNode ids = json.putArray("ids");
            filter.ids().forEach(ids::add);
        }
        put(json, "type", filter.type());
        put(json, "stream", filter.stream());
        put(json, "reason", filter.reason());
        put(json, "fingerprint", filter.fingerprint());
        put(json, "from", filter.fromMicros() == DeadLetterFilter.EVER ? null : Micros.text(filter.fromMicros()));
        put(json, "to", filter.toMicros() == DeadLetterFilter.NEVER ? null : Micros.text(filter.toMicros()));
        return json.toString();
    }

    private static void put(ObjectNode json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }
}
