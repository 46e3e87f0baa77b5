package io.millrace.queue.deadletter;

import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterActQuery;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit of dead letters, and the acts of it that have a pace. Such an act is a row in PostgreSQL with the letter that
 * it has come to and the time at which it goes on. Each node asks for what is due; one of them locks the row, locks the next
 * letters, sends them, marks them and writes down how far it is, in one transaction. If it dies in between, nothing was
 * marked: another node does the same again at once, and an event that was sent twice is a duplicate. An act whose step fails
 * says why and waits. Owned by the queue verticle's event loop.
 */
public final class DeadLetterActs {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterActs.class);

    /** Acts with a pace that may be under way together. */
    private static final int MOST_RUNNING = 20;

    /** How long an act waits after what it needs was away or a step failed, in milliseconds. */
    private static final int WAIT_MS = 5_000;

    /** The SQLSTATE of a row that another session has locked. */
    private static final String LOCKED = "55P03";

    /** A step of an act is about the letters of half a second. */
    private static final int STEPS_A_SECOND = 2;

    /** How often a node asks whether an act has begun on another, in milliseconds. */
    private static final long LOOK_MS = 1_000;

    /** And while another node takes a step, or there is no waiting for PostgreSQL. */
    private static final long SOON_MS = 250;

    private final Vertx vertx;
    private final Pool pool;
    private final DeadLetterRedriver redrive;
    private final int most;
    private boolean underWay;
    private boolean stopping;
    private long timer = -1;

    /** @param most the largest number of letters of one step */
    public DeadLetterActs(Vertx vertx, Pool pool, DeadLetterRedriver redrive, int most) {
        this.vertx = vertx;
        this.pool = pool;
        this.redrive = redrive;
        this.most = most;
    }

    /** Takes the steps that are due, on and on. */
    public void start() {
        if (underWay || stopping) {
            return;
        }
        vertx.cancelTimer(timer);
        underWay = true;
        waitMs().onComplete(done -> {
            underWay = false;
            if (done.failed()) {
                LOG.debug("no step of an act about dead letters could be taken, trying again", done.cause());
            }
            if (!stopping) {
                timer = vertx.setTimer(done.succeeded() ? done.result() : LOOK_MS, fired -> start());
            }
        });
    }

    /** Takes no more steps. */
    public void stop() {
        stopping = true;
        vertx.cancelTimer(timer);
    }

    public boolean idle() {
        return !underWay;
    }

    /** Takes one step if there is one to take; completes with how long to wait for the next, from 1. */
    private Future<Long> waitMs() {
        return pool.query(DeadLetterSql.NEXT_DUE).execute().compose(rows -> {
            Long dueMs = rows.iterator().next().getLong(0);
            if (dueMs == null || dueMs > 0) {
                return Future.succeededFuture(dueMs == null ? LOOK_MS : Math.min(LOOK_MS, dueMs));
            }
            return step().map(taken -> taken ? 1L : SOON_MS);
        });
    }

    public Future<DeadLetterActPage> page(DeadLetterActQuery query) {
        return pool.preparedQuery(DeadLetterSql.ACTS)
                .execute(Tuple.of(query.before(), query.limit()))
                .map(rows -> {
                    List<DeadLetterAct> acts = new ArrayList<>();
                    rows.forEach(row -> acts.add(act(row)));
                    return new DeadLetterActPage(acts);
                })
                .recover(PgErrors::toFailure);
    }

    /** Stores an act that is carried out from now on. */
    Future<Void> begin(DeadLetterCommand act, long matched) {
        return pool.preparedQuery(DeadLetterSql.BEGIN)
                .execute(Tuple.of(
                        act.by().replace('\0', '\uFFFD'),
                        DeadLetterRepository.wire(act.kind()),
                        DeadLetterRepository.json(act.filter()),
                        act.pace(),
                        matched,
                        MOST_RUNNING))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        throw new MillraceException(
                                Failure.OVERLOADED,
                                MOST_RUNNING + " acts about dead letters are under way: stop one, or wait for its end");
                    }
                    start();
                    return Future.succeededFuture();
                });
    }

    /** Ends an act that is under way, after the step that a node is taking. */
    static Future<Void> end(SqlConnection connection, long act) {
        return connection
                .preparedQuery(DeadLetterSql.STOP)
                .execute(Tuple.of(act))
                .map(rows -> {
                    if (rows.rowCount() == 0) {
                        throw new MillraceException(
                                Failure.NOT_FOUND, "no act " + act + " about dead letters is under way");
                    }
                    return null;
                });
    }

    /** Takes one step of one act that is due. Completes with whether there was one that no other node had. */
    private Future<Boolean> step() {
        List<Row> due = new ArrayList<>();
        return pool.withTransaction(connection -> connection
                        .preparedQuery(DeadLetterSql.DUE)
                        .execute()
                        .compose(rows -> {
                            rows.forEach(due::add);
                            return due.isEmpty()
                                    ? Future.succeededFuture(false)
                                    : step(connection, due.get(0)).map(true);
                        }))
                .recover(
                        error -> due.isEmpty() || lost(error) ? Future.failedFuture(error) : putOff(due.get(0), error));
    }

    /** Whether the connection was lost: another one goes on at once. */
    private static boolean lost(Throwable error) {
        return error instanceof ClosedConnectionException
                || PgErrors.sqlState(error).startsWith("57P");
    }

    /** An act whose step failed says why and waits, so that it is in no other's way. */
    private Future<Boolean> putOff(Row act, Throwable error) {
        String problem = error instanceof MillraceException known
                ? known.getMessage()
                : PgErrors.sqlState(error).equals(LOCKED)
                        ? "another command or session holds one of its letters"
                        : PgErrors.reason(error);
        if (!problem.equals(act.getString(6))) {
            LOG.warn("act {} about dead letters waits: {}", act.getLong(0), problem, error);
        }
        return pool.preparedQuery(DeadLetterSql.PUT_OFF)
                .execute(Tuple.of(act.getLong(0), problem, WAIT_MS))
                .map(true);
    }

    private Future<Void> step(SqlConnection connection, Row act) {
        Decision decision = decision(act.getString(1));
        int pace = act.getInteger(3);
        int letters = Math.max(1, Math.min(most, pace / STEPS_A_SECOND));
        DeadLetterFilter filter =
                DeadLetterRepository.filter(Json.parse(act.getString(2).getBytes(StandardCharsets.UTF_8)));
        return connection
                .preparedQuery(DeadLetterSql.LOCK_NEXT)
                .execute(DeadLetterRepository.filter(filter.in(decision.before()))
                        .addLong(act.getLong(4))
                        .addLong(act.getLong(5))
                        .addInteger(letters))
                .compose(rows -> {
                    List<Long> ids = decision.fitting(rows);
                    boolean last = rows.size() < letters && ids.size() == rows.size();
                    return decision.send(redrive, connection, ids)
                            .compose(sent -> decision.mark(connection, sent.ids, act.getLong(0))
                                    .compose(marked -> progress(connection, act, ids, sent, last)));
                });
    }

    private static Decision decision(String act) {
        try {
            return Decision.of(DeadLetterCommand.Kind.valueOf(act.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException newer) {
            throw new MillraceException(Failure.INTERNAL, "a node's release doesn't know the act " + act, newer);
        }
    }

    /** Letters behind the first that is left are read again: who was refused among them is counted then. */
    private static Future<Void> progress(
            SqlConnection connection, Row act, List<Long> ids, DeadLetterRedriver.Sent sent, boolean last) {
        Set<Long> handled = new HashSet<>(sent.ids);
        handled.addAll(sent.refused);
        long at = ids.stream()
                .filter(id -> !handled.contains(id))
                .findFirst()
                .map(id -> id - 1)
                .orElse(ids.isEmpty() ? act.getLong(4) : ids.get(ids.size() - 1));
        long refused = sent.refused.stream().filter(id -> id <= at).count();
        return connection
                .preparedQuery(DeadLetterSql.PROGRESS)
                .execute(Tuple.of(
                        act.getLong(0),
                        sent.ids.size(),
                        refused,
                        at,
                        sent.failure == null
                                ? null
                                : MillraceException.of(sent.failure).getMessage(),
                        sent.away ? WAIT_MS : 1_000L * handled.size() / act.getInteger(3),
                        last && handled.size() == ids.size()))
                .mapEmpty();
    }

    private static DeadLetterAct act(Row row) {
        String change = row.getString(6);
        return new DeadLetterAct(
                row.getLong(0),
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getString(4).getBytes(StandardCharsets.UTF_8),
                row.getLong(5),
                change == null ? null : change.getBytes(StandardCharsets.UTF_8),
                row.getInteger(7) == null
                        ? null
                        : new DeadLetterAct.Paced(
                                row.getInteger(7),
                                DeadLetterAct.State.valueOf(row.getString(8).toUpperCase(Locale.ROOT)),
                                row.getLong(9),
                                row.getLong(10),
                                row.getLong(11),
                                row.getString(12)));
    }
}
