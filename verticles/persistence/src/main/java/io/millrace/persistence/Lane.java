package io.millrace.persistence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.Event;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits events in batches: whatever gathered during the last commit is the next. A stream keeps to one lane, so its
 * events keep their order. Two batches may be under way: the second asks for its locks once the first holds them, so that
 * PostgreSQL goes on with it the moment the first is durable, while this side still hands out the first's outcomes. All
 * state belongs to the persistence verticle's event loop.
 *
 * <p>A commit is two round trips: {@code begin}, the locks and what is known of the events, pipelined; then one statement
 * that writes everything, and {@code commit}. In between it is plain logic, in {@link Commit}.
 */
final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    private static final int MAX_ATTEMPTS = 5;

    private final Pool pool;
    private final Domains domains;
    private final Streams streams;
    private final Publisher publisher;
    private final Clock clock;
    private final Batcher<Event, Outcome> batcher;
    private final Timer latency;
    private final Counter conflicts;
    /** Completes when the batch before holds its locks, or gave up. */
    private Future<Void> turn = Future.succeededFuture();

    Lane(
            String name,
            Pool pool,
            Domains domains,
            Streams streams,
            Publisher publisher,
            Clock clock,
            Batcher.Limits limits,
            MeterRegistry metrics) {
        this.pool = pool;
        this.domains = domains;
        this.streams = streams;
        this.publisher = publisher;
        this.clock = clock;
        this.batcher = new Batcher<>("commit-" + name, limits, metrics, this::commit);
        this.latency = Timer.builder("millrace.persistence.commit")
                .tag("lane", name)
                .publishPercentileHistogram()
                .register(metrics);
        this.conflicts = metrics.counter("millrace.persistence.retries", "lane", name);
    }

    Future<List<Outcome>> add(List<Event> events) {
        return batcher.addAll(events);
    }

    boolean idle() {
        return batcher.idle();
    }

    private Future<List<Outcome>> commit(List<Event> events) {
        long start = System.nanoTime();
        Future<Void> before = turn;
        Promise<Void> locked = Promise.promise();
        turn = locked.future();
        return before.compose(mine -> attempt(events, 1, locked)).onComplete(done -> {
            locked.tryComplete();
            latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        });
    }

    private Future<List<Outcome>> attempt(List<Event> events, int attempt, Promise<Void> locked) {
        return streams.begin(events)
                .compose(begun -> pool.getConnection())
                .compose(connection -> transaction(connection, events, locked))
                .map(commit -> {
                    publisher.publish(commit.committed());
                    return commit.outcomes();
                })
                .recover(error -> recover(events, attempt, error, locked));
    }

    private Future<Commit> transaction(SqlConnection connection, List<Event> events, Promise<Void> locked) {
        return read(connection, events)
                .onComplete(read -> locked.tryComplete())
                .compose(commit -> write(connection, commit))
                .compose(commit -> connection.close().map(commit), error -> connection
                        .query("rollback")
                        .execute()
                        .eventually(connection::close)
                        .transform(rolledBack -> Future.failedFuture(error)));
    }

    /** One round trip: the statements are sent without waiting for one another. */
    private Future<Commit> read(SqlConnection connection, List<Event> events) {
        Commit commit = new Commit(domains, events);
        List<Future<?>> steps = new ArrayList<>(4);
        steps.add(connection.query("begin").execute());
        steps.add(run(connection, Sql.LOCK_STREAMS, Columns.names(streamNames(events)))
                .onSuccess(commit::streams));
        steps.add(run(connection, Sql.KNOWN, Columns.identities(events)).onSuccess(commit::known));
        List<EntityRef> entities = entities(events);
        if (!entities.isEmpty()) {
            steps.add(run(connection, Sql.LOCK_ENTITIES, Columns.entities(entities))
                    .onSuccess(commit::entities));
        }
        return Future.join(steps).map(commit);
    }

    private Future<Commit> write(SqlConnection connection, Commit commit) {
        commit.decide(micros());
        if (commit.written().isEmpty()) {
            return connection.query("rollback").execute().map(commit);
        }
        int made = commit.ledger().made().size();
        Future<RowSet<Row>> written = run(connection, Sql.WRITE, Columns.write(commit));
        if (made == 0) {
            return Future.join(written, connection.query("commit").execute()).map(commit);
        }
        return written.compose(rows -> rows.iterator().next().getInteger(0) == made
                        ? connection.query("commit").execute()
                        : Future.failedFuture(new LostRace()))
                .map(commit);
    }

    private Future<List<Outcome>> recover(List<Event> events, int attempt, Throwable error, Promise<Void> locked) {
        streams.forget(events);
        if (error instanceof LostRace || PgFailures.serialization(error)) {
            conflicts.increment();
            if (attempt < MAX_ATTEMPTS) {
                return attempt(events, attempt + 1, locked);
            }
            return unavailable("other commits were always faster", error);
        }
        if (PgFailures.worldIsDown(error)) {
            return unavailable("PostgreSQL doesn't take the commit", error);
        }
        if (events.size() > 1) {
            // One of them is bad: halve until it stands alone, so that its neighbours are committed.
            int half = events.size() / 2;
            return attempt(events.subList(0, half), 1, locked)
                    .compose(first -> attempt(events.subList(half, events.size()), 1, locked)
                            .map(second -> {
                                List<Outcome> both = new ArrayList<>(first);
                                both.addAll(second);
                                return both;
                            }));
        }
        Event bad = events.get(0);
        LOG.warn("event {} of {} can't be committed", bad.id(), bad.source(), error);
        return Future.succeededFuture(List.of(
                Outcome.failed(bad.id(), Failure.INVALID_EVENT, "it can't be committed: " + PgFailures.reason(error))));
    }

    private static <T> Future<T> unavailable(String why, Throwable cause) {
        LOG.warn("{}: {}", why, Objects.toString(cause.getMessage()));
        return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, why));
    }

    private static Future<RowSet<Row>> run(SqlConnection connection, String sql, Tuple parameters) {
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

    private long micros() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }

    /** Another commit made an entity that was not there to be locked. */
    private static final class LostRace extends RuntimeException {
        LostRace() {
            super("another commit made the same entity first", null, false, false);
        }
    }
}
