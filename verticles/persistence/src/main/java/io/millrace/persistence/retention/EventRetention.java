package io.millrace.persistence.retention;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.resilience.AsyncLoop;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One sweep over all streams, which removes the events that are older than the history of their namespace. Events of a
 * stream whose namespace no pack declares any more stay. Owned by the persistence verticle's event loop.
 */
final class EventRetention {
    /** Streams that one statement looks at. */
    private static final int STREAMS = 500;
    /** Steps for one stream, before the others have their turn. */
    private static final int MAX_STEPS = 200;

    private final DomainModel domains;
    private final Pace pace;
    private final Overdue overdue;
    private final Counter removed;
    private final BooleanSupplier stopping;

    EventRetention(DomainModel domains, Pace pace, Overdue overdue, MeterRegistry metrics, BooleanSupplier stopping) {
        this.domains = domains;
        this.pace = pace;
        this.overdue = overdue;
        this.removed = metrics.counter("millrace.persistence.removed.events");
        this.stopping = stopping;
    }

    /** A stream as it was read. */
    private record Stream(int id, String name, long head, long oldest, @Nullable Long ageMs) {
        static Stream of(Row row) {
            return new Stream(row.getInteger(0), row.getString(1), row.getLong(2), row.getLong(3), row.getLong(4));
        }
    }

    /** Where the sweep is. */
    private static final class Cursor {
        int id;
    }

    /** Whether it left events that are past their time. */
    Future<Boolean> sweep(SqlConnection connection) {
        overdue.begin();
        Cursor cursor = new Cursor();
        return AsyncLoop.run(() -> page(connection, cursor)).map(done -> overdue.end());
    }

    /** Whether there are more streams. */
    private Future<Boolean> page(SqlConnection connection, Cursor cursor) {
        return pace.run(() -> connection.preparedQuery(RetentionSql.STREAMS).execute(Tuple.of(cursor.id, STREAMS)))
                .compose(found -> {
                    Iterator<Row> streams = found.iterator();
                    return AsyncLoop.run(() -> next(connection, streams, cursor))
                            .map(done -> found.size() == STREAMS && !stopping.getAsBoolean());
                });
    }

    private Future<Boolean> next(SqlConnection connection, Iterator<Row> streams, Cursor cursor) {
        while (streams.hasNext() && !stopping.getAsBoolean()) {
            Stream stream = Stream.of(streams.next());
            cursor.id = stream.id;
            if (stream.oldest > stream.head) {
                continue;
            }
            if (stream.ageMs == null) {
                return findOldest(connection, stream).map(true);
            }
            Namespace namespace = domains.namespaceOf(stream.name);
            Duration history = namespace == null ? null : namespace.history();
            if (history == null) {
                continue;
            }
            overdue.found(stream.ageMs, stream.ageMs - history.toMillis());
            if (stream.ageMs > history.toMillis()) {
                return remove(connection, stream, history).map(true);
            }
        }
        return Future.succeededFuture(false);
    }

    private Future<?> findOldest(SqlConnection connection, Stream stream) {
        return pace.run(() -> connection
                .preparedQuery(RetentionSql.FIND_OLDEST)
                .execute(Tuple.of(stream.id, stream.oldest, stream.head)));
    }

    /** Removes what is past its time of a stream; if that is much, a part of it. */
    private Future<Void> remove(SqlConnection connection, Stream stream, Duration history) {
        long[] from = {stream.oldest};
        int[] steps = {0};
        return AsyncLoop.run(() -> pace.runRows(rows -> step(connection, stream, from, rows, history))
                .map(more -> {
                    if (more && ++steps[0] == MAX_STEPS) {
                        overdue.left(stream.ageMs == null ? 0 : stream.ageMs - history.toMillis());
                        return false;
                    }
                    return more && !stopping.getAsBoolean();
                }));
    }

    /** Whether all rows that it might have touched were past their time, so that there may be more. */
    private Future<Boolean> step(SqlConnection connection, Stream stream, long[] from, int rows, Duration history) {
        return connection
                .preparedQuery(RetentionSql.REMOVE_EVENTS)
                .execute(Tuple.of(stream.id, from[0], rows, history.toMillis()))
                .map(result -> {
                    Row row = first(result);
                    removed.increment(row.getLong(0));
                    Long oldest = row.getLong(1);
                    boolean all = oldest != null && oldest - from[0] >= rows;
                    from[0] = oldest == null ? from[0] : oldest;
                    return all;
                });
    }

    private static Row first(RowSet<Row> rows) {
        return rows.iterator().next();
    }
}
