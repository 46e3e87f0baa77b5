package io.millrace.sinks.admin;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.platform.bus.Bus;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Answers operators, and does what they say, each act with its record in one transaction. An act takes the lease away from
 * the node that has it, which ends the sink, so that what is on its way notes nothing any more; then the sink starts with
 * what was changed. Any node with the stage may do it, whichever runs the sink. Belongs to one event loop.
 */
public final class SinkAdministration {
    private final Pool pool;
    private final Bus bus;
    private final int most;

    /**
     * @param pool connections that can write
     * @param most how many events of a sink may wait
     */
    public SinkAdministration(Pool pool, Bus bus, int most) {
        this.pool = pool;
        this.bus = bus;
        this.most = most;
    }

    public Future<SinkPage> find(SinkQuery query) {
        return pool.preparedQuery(AdministrationSql.COUNTS)
                .execute(Tuple.of(query.sink()))
                .compose(counted -> {
                    List<SinkPage.Counts> counts = new ArrayList<>();
                    for (Row row : counted) {
                        counts.add(new SinkPage.Counts(
                                row.getString(0), row.getLong(1), row.getLong(2), row.getString(3)));
                    }
                    return query.sink() == null
                            ? Future.succeededFuture(new SinkPage(counts, List.of()))
                            : dead(query).map(dead -> new SinkPage(counts, dead));
                })
                .recover(PgErrors::toFailure);
    }

    private Future<List<SinkPage.Dead>> dead(SinkQuery query) {
        return pool.preparedQuery(AdministrationSql.DEAD)
                .execute(Tuple.of(query.sink(), query.after(), query.limit()))
                .map(rows -> {
                    List<SinkPage.Dead> dead = new ArrayList<>();
                    for (Row row : rows) {
                        dead.add(new SinkPage.Dead(
                                row.getLong(0),
                                row.getString(1),
                                new Position(row.getString(2), row.getLong(3)),
                                row.getInteger(4),
                                row.getLong(5),
                                row.getString(6)));
                    }
                    return dead;
                });
    }

    public Future<SinkCommandResult> execute(SinkCommand command) {
        Future<SinkCommandResult> done =
                switch (command.kind()) {
                    case ENABLE -> act(command, connection -> enable(connection, command));
                    case REDRIVE -> act(command, connection -> redrive(connection, command));
                    case REPLAY ->
                        from(command)
                                .compose(position -> act(command, connection -> replay(connection, command, position)));
                    case DENIED ->
                        pool.withConnection(connection ->
                                        note(connection, command, new JsonObject().put("tried", command.tried())))
                                .map(noted -> new SinkCommandResult(0, 0, Position.EMPTY));
                };
        return done.recover(PgErrors::toFailure);
    }

    private interface Act {
        Future<SinkCommandResult> on(SqlConnection connection);
    }

    /** The lease is locked first, as by whoever notes a position: what was noted before is seen, and nothing is after. */
    private Future<SinkCommandResult> act(SinkCommand command, Act act) {
        return pool.withTransaction(connection -> connection
                .preparedQuery(AdministrationSql.TAKE_AWAY)
                .execute(Tuple.of(command.sink()))
                .compose(rows -> rows.size() == 1
                        ? act.on(connection)
                        : Future.failedFuture(
                                new MillraceException(Failure.NOT_FOUND, "there is no sink " + command.sink()))));
    }

    private static Future<SinkCommandResult> enable(SqlConnection connection, SinkCommand command) {
        return connection
                .preparedQuery(AdministrationSql.ENABLE)
                .execute(Tuple.of(command.sink()))
                .compose(rows -> note(connection, command, new JsonObject().put("disabled", rows.rowCount() == 1))
                        .map(noted -> new SinkCommandResult(rows.rowCount(), rows.rowCount(), Position.EMPTY)));
    }

    private Future<SinkCommandResult> redrive(SqlConnection connection, SinkCommand command) {
        Tuple which = Tuple.of(command.sink(), (Object) command.ids().toArray(Long[]::new));
        return connection
                .preparedQuery(AdministrationSql.MATCHED)
                .execute(which)
                .compose(rows -> {
                    Row counts = rows.iterator().next();
                    long room = Math.max(0, most - counts.getLong(1));
                    return connection
                            .preparedQuery(AdministrationSql.REDRIVE)
                            .execute(which.addLong(room))
                            .compose(alive -> note(
                                            connection,
                                            command,
                                            new JsonObject()
                                                    .put("ids", new JsonArray(command.ids()))
                                                    .put("redriven", alive.rowCount()))
                                    .map(noted -> new SinkCommandResult(
                                            counts.getLong(0), alive.rowCount(), Position.EMPTY)));
                });
    }

    private Future<Position> from(SinkCommand command) {
        return command.position() != null
                ? Future.succeededFuture(command.position())
                : bus.request(Addresses.POSITION_AT, new PositionAtTimeQuery(stream(command), command.timeMicros()))
                        .map(found -> found.position());
    }

    private static String stream(SinkCommand command) {
        return Objects.requireNonNull(command.stream(), "a replay is of a stream");
    }

    private static Future<SinkCommandResult> replay(SqlConnection connection, SinkCommand command, Position from) {
        String stream = stream(command);
        return connection
                .preparedQuery(AdministrationSql.WHERE)
                .execute(Tuple.of(command.sink(), stream))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        throw new MillraceException(
                                Failure.NOT_FOUND,
                                "the sink " + command.sink() + " has had nothing of a stream " + stream);
                    }
                    Row row = rows.iterator().next();
                    Position at = new Position(row.getString(0), row.getLong(1));
                    boolean beginning = from.epoch().equals(Position.NO_EPOCH);
                    if (!beginning && !from.epoch().equals(at.epoch())) {
                        throw bad("the stream " + stream + " has no position " + from + ": the sink is at " + at);
                    }
                    if (from.offset() > at.offset()) {
                        throw bad("the sink is at " + at + " of the stream " + stream + ", which is before " + from
                                + ": a replay goes back");
                    }
                    // What history no longer has can't be sent again, and was not missed.
                    long kept = Math.max(from.offset(), row.getLong(2) - 1);
                    Position begin = new Position(at.epoch(), Math.min(kept, at.offset()));
                    JsonObject detail = new JsonObject()
                            .put("stream", stream)
                            .put("from", begin.toString())
                            .put("was", at.toString());
                    return connection
                            .preparedQuery(AdministrationSql.GO_BACK)
                            .execute(Tuple.of(command.sink(), stream, begin.offset()))
                            .compose(moved -> note(connection, command, detail))
                            .map(noted -> new SinkCommandResult(1, 1, begin));
                });
    }

    private static Future<?> note(SqlConnection connection, SinkCommand command, JsonObject detail) {
        String sink = command.kind() == SinkCommand.Kind.DENIED ? null : command.sink();
        return connection
                .preparedQuery(AdministrationSql.NOTE)
                .execute(Tuple.of(
                        command.kind().name().toLowerCase(Locale.ROOT),
                        command.by().replace('\0', '\uFFFD'),
                        sink,
                        detail));
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
