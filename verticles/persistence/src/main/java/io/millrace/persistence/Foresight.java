package io.millrace.persistence;

import io.millrace.contracts.EntityRef;
import io.millrace.contracts.Event;
import io.millrace.contracts.domain.Domains;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Commits decided from a lane's {@link Memory}: one statement, no locks, no reads, but of entities that the memory doesn't
 * know, and they are read while the batch before is written. The next batch is decided and sent before this one is durable:
 * on one connection nothing overtakes, and if this one fails the next must fail too, since it begins where this one ends.
 * Owned by the persistence verticle's event loop.
 */
final class Foresight {
    /** After a repeat, so many batches are looked up before they are written: repeats come in swarms. */
    private static final int WARY = 100;

    private final Pool pool;
    private final Domains domains;
    private final LongSupplier nowMicros;
    private final Memory memory;
    private @Nullable Future<SqlConnection> line;
    private int wary;

    Foresight(Pool pool, Domains domains, LongSupplier nowMicros, Memory memory) {
        this.pool = pool;
        this.domains = domains;
        this.nowMicros = nowMicros;
        this.memory = memory;
    }

    /**
     * @param before completes when the batch before is decided
     * @param decided runs when the next batch may be decided on top of this one
     * @return fails with {@link Unforeseen} when nothing was sent, otherwise as PostgreSQL fails
     */
    Future<Commit> commit(Arrivals arrivals, Future<Void> before, Runnable decided) {
        List<Event> events = arrivals.events();
        Commit commit = new Commit(domains, arrivals);
        return look(events, commit).compose(looked -> before).compose(mine -> {
            if (!memory.covers(events)) {
                return Future.failedFuture(new Unforeseen());
            }
            memory.recall(events, commit);
            commit.decide(nowMicros.getAsLong());
            if (!commit.certain()) {
                return Future.failedFuture(new Unforeseen());
            }
            return send(commit, decided);
        });
    }

    private Future<Commit> send(Commit commit, Runnable decided) {
        if (commit.repeats()) {
            wary = WARY;
        }
        if (commit.written().isEmpty()) {
            decided.run();
            return Future.succeededFuture(commit);
        }
        memory.foresee(commit);
        Future<Commit> sent = line().compose(
                        connection -> connection.preparedQuery(Sql.WRITE).execute(Columns.write(commit)))
                .map(commit)
                .onSuccess(memory::right)
                .onFailure(error -> surprised(commit.events(), error));
        decided.run();
        return sent;
    }

    private void surprised(List<Event> events, Throwable error) {
        if (PgFailures.unforeseen(error)) {
            memory.wrong(events);
        } else {
            memory.forget(events);
        }
        if (PgFailures.repeat(error)) {
            wary = WARY;
        }
    }

    /** What has to be known beforehand: entities out of memory, and repeats if there were some lately. */
    private Future<?> look(List<Event> events, Commit commit) {
        List<Future<?>> steps = new ArrayList<>(2);
        List<EntityRef> missing = memory.missing(events);
        if (!missing.isEmpty()) {
            steps.add(pool.preparedQuery(Sql.ENTITIES)
                    .execute(Columns.entities(missing))
                    .onSuccess(commit::entities));
        }
        if (wary > 0) {
            wary--;
            steps.add(pool.preparedQuery(Sql.KNOWN)
                    .execute(Columns.identities(events))
                    .onSuccess(commit::known));
        }
        return steps.isEmpty() ? Future.succeededFuture() : Future.join(steps);
    }

    /** Its own connection, on which batches follow one another. */
    private Future<SqlConnection> line() {
        Future<SqlConnection> open = line;
        if (open == null || open.failed()) {
            open = pool.getConnection().onSuccess(connection -> connection.closeHandler(closed -> line = null));
            line = open;
        }
        return open;
    }

    /** Memory isn't enough for these events; nothing was sent. */
    static final class Unforeseen extends RuntimeException {
        Unforeseen() {
            super("memory isn't enough for these events", null, false, false);
        }
    }
}
