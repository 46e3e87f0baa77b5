package io.millrace.persistence.commit;

import io.micrometer.core.instrument.Counter;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.persistence.store.CommitSql;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * A commit under locks: it locks its streams, looks up its events and locks its entities in one round trip; decides by
 * {@link CommitPlan}; then writes. Other commits can't make it fail. Runs on the persistence verticle's event loop.
 */
final class PessimisticCommit {
    private static final int MAX_ATTEMPTS = 5;

    private final DomainModel domains;
    private final LongSupplier nowMicros;
    private final Counter conflicts;

    PessimisticCommit(DomainModel domains, LongSupplier nowMicros, Counter conflicts) {
        this.domains = domains;
        this.nowMicros = nowMicros;
        this.conflicts = conflicts;
    }

    /** Commits, or rolls back and fails; returns the connection to the pool. */
    Future<CommitPlan> run(SqlConnection connection, CommitBatch arrivals) {
        return lock(connection, new CommitPlan(domains, arrivals))
                .compose(commit -> settle(connection, commit, 1))
                .compose(commit -> connection.close().map(commit), error -> connection
                        .query("rollback")
                        .execute()
                        .eventually(connection::close)
                        .transform(rolledBack -> Future.failedFuture(error)));
    }

    private static Future<CommitPlan> lock(SqlConnection connection, CommitPlan commit) {
        return Future.join(
                        connection.query("begin").execute(),
                        execute(
                                        connection,
                                        CommitSql.LOCK_STREAMS,
                                        CommitParameters.names(streamNames(commit.events())))
                                .onSuccess(commit::streams),
                        connection.query("savepoint locked").execute(),
                        look(connection, commit))
                .map(commit);
    }

    private static Future<?> look(SqlConnection connection, CommitPlan commit) {
        List<Future<?>> steps = new ArrayList<>(2);
        steps.add(execute(connection, CommitSql.KNOWN, CommitParameters.identities(commit.events()))
                .onSuccess(commit::known));
        List<EntityRef> entities = entities(commit.events());
        if (!entities.isEmpty()) {
            steps.add(execute(connection, CommitSql.LOCK_ENTITIES, CommitParameters.entities(entities))
                    .onSuccess(commit::entities));
        }
        return Future.join(steps);
    }

    /**
     * A missing row can't be locked: another commit may create the entity, or the same event in another stream,
     * meanwhile. Then the commit reads again, and keeps the locks of its streams.
     */
    private Future<CommitPlan> settle(SqlConnection connection, CommitPlan commit, int attempt) {
        return write(connection, commit).recover(error -> {
            if (!CommitErrors.isOvertaken(error) || attempt == MAX_ATTEMPTS) {
                return Future.failedFuture(error);
            }
            conflicts.increment();
            CommitPlan again = commit.again();
            return Future.join(connection.query("rollback to savepoint locked").execute(), look(connection, again))
                    .compose(looked -> settle(connection, again, attempt + 1));
        });
    }

    private Future<CommitPlan> write(SqlConnection connection, CommitPlan commit) {
        Map<EntityRef, Long> late = commit.late();
        return (late.isEmpty()
                        ? Future.succeededFuture()
                        : execute(connection, CommitSql.MERGES, CommitParameters.since(late))
                                .onSuccess(merges -> commit.merges(late, merges)))
                .compose(looked -> decided(connection, commit));
    }

    private Future<CommitPlan> decided(SqlConnection connection, CommitPlan commit) {
        commit.decide(nowMicros.getAsLong());
        if (commit.written().isEmpty()) {
            return connection.query("rollback").execute().map(commit);
        }
        return execute(connection, CommitSql.WRITE, CommitParameters.write(commit, null, ""))
                .compose(written -> connection.query("commit").execute())
                .map(commit);
    }

    private static Future<RowSet<Row>> execute(SqlConnection connection, String sql, Tuple parameters) {
        return connection.preparedQuery(sql).execute(parameters);
    }

    private static List<String> streamNames(List<Event> events) {
        Set<String> names = new TreeSet<>();
        events.forEach(event -> names.add(event.stream()));
        return List.copyOf(names);
    }

    private static List<EntityRef> entities(List<Event> events) {
        Set<EntityRef> refs = new HashSet<>();
        for (Event event : events) {
            if (event.entity() != null) {
                refs.add(event.entity());
            }
        }
        return List.copyOf(refs);
    }
}
