package io.millrace.persistence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.Event;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits events in batches: whatever gathered during the last commit is the next. A stream keeps to one lane, so its
 * events keep their order. Two foreseen batches may be under way, so that PostgreSQL goes on with the second the moment the
 * first is durable, while this side still hands out the first's outcomes. All state belongs to the persistence verticle's event loop.
 *
 * <p>A batch is committed by {@link Foresight}, in one statement, or where that doesn't hold by {@link LockedCommit}.
 */
final class Lane {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    private static final int MAX_ATTEMPTS = 5;

    private final Pool pool;
    private final Streams streams;
    private final Publisher publisher;
    private final Clock clock;
    private final Memory memory;
    private final Foresight foresight;
    private final LockedCommit lockedCommit;
    private final Batcher<Event, Outcome> batcher;
    private final Timer latency;
    private final Counter foreseen;
    private final Counter locked;
    private final Counter conflicts;
    private Turn last = new Turn();

    /** Where a batch is: the next one waits for the one or the other. */
    private static final class Turn {
        /** What it will leave behind is in memory. */
        final Promise<Void> decided = Promise.promise();

        final Promise<Void> ended = Promise.promise();

        void end() {
            decided.tryComplete();
            ended.tryComplete();
        }
    }

    Lane(
            String name,
            Pool pool,
            Domains domains,
            Streams streams,
            Publisher publisher,
            Clock clock,
            Memory memory,
            Batcher.Limits limits,
            MeterRegistry metrics) {
        this.pool = pool;
        this.streams = streams;
        this.publisher = publisher;
        this.clock = clock;
        this.memory = memory;
        this.batcher = new Batcher<>("persistence-" + name, limits, metrics, this::commit);
        this.latency = Timer.builder("millrace.persistence.commit")
                .tag("lane", name)
                .publishPercentileHistogram()
                .register(metrics);
        this.foreseen = metrics.counter("millrace.persistence.commits", "lane", name, "way", "foreseen");
        this.locked = metrics.counter("millrace.persistence.commits", "lane", name, "way", "locked");
        this.conflicts = metrics.counter("millrace.persistence.retries", "lane", name);
        this.foresight = new Foresight(pool, domains, this::micros, memory);
        this.lockedCommit = new LockedCommit(domains, this::micros, conflicts);
        last.end();
    }

    Future<List<Outcome>> add(List<Event> events) {
        return batcher.addAll(events);
    }

    boolean idle() {
        return batcher.idle();
    }

    private Future<List<Outcome>> commit(List<Event> events) {
        long start = System.nanoTime();
        Turn before = last;
        Turn turn = new Turn();
        last = turn;
        return (memory.covers(events) ? foresee(events, before, turn) : lock(events, before)).onComplete(done -> {
            turn.end();
            latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        });
    }

    /**
     * Whatever was wrong, the other way finds out, and whether an event was at fault. But where PostgreSQL itself says that
     * it can't, it needn't be asked again.
     */
    private Future<List<Outcome>> foresee(List<Event> events, Turn before, Turn turn) {
        return foresight
                .commit(events, before.decided.future(), turn.decided::complete)
                .map(commit -> {
                    foreseen.increment();
                    return published(commit);
                })
                .recover(error -> error instanceof PgException
                                && PgFailures.worldIsDown(error)
                                && !PgFailures.serialization(error)
                        ? unavailable("PostgreSQL doesn't take the commit", error)
                        : lock(events, before));
    }

    /** Only when the batch before is over: it may have to be tried again, or in halves, and nothing may overtake it. */
    private Future<List<Outcome>> lock(List<Event> events, Turn before) {
        return before.ended.future().compose(mine -> attempt(events, 1));
    }

    private Future<List<Outcome>> attempt(List<Event> events, int attempt) {
        return streams.begin(events)
                .compose(begun -> pool.getConnection())
                .compose(connection -> lockedCommit.run(connection, events))
                .map(commit -> {
                    locked.increment();
                    memory.learn(commit);
                    return published(commit);
                })
                .recover(error -> recover(events, attempt, error));
    }

    private List<Outcome> published(Commit commit) {
        publisher.publish(commit.committed());
        return commit.outcomes();
    }

    private Future<List<Outcome>> recover(List<Event> events, int attempt, Throwable error) {
        streams.forget(events);
        memory.forget(events);
        if (PgFailures.serialization(error)) {
            conflicts.increment();
            if (attempt < MAX_ATTEMPTS) {
                return attempt(events, attempt + 1);
            }
            return unavailable("other commits were always faster", error);
        }
        if (PgFailures.worldIsDown(error)) {
            return unavailable("PostgreSQL doesn't take the commit", error);
        }
        if (events.size() > 1) {
            return halve(events);
        }
        Event bad = events.get(0);
        LOG.warn("event {} of {} can't be committed", bad.id(), bad.source(), error);
        return Future.succeededFuture(List.of(
                Outcome.failed(bad.id(), Failure.INVALID_EVENT, "it can't be committed: " + PgFailures.reason(error))));
    }

    /** One of them is bad: until it stands alone, so that its neighbours are committed. */
    private Future<List<Outcome>> halve(List<Event> events) {
        int half = events.size() / 2;
        return attempt(events.subList(0, half), 1).compose(first -> attempt(events.subList(half, events.size()), 1)
                .map(second -> {
                    List<Outcome> both = new ArrayList<>(first);
                    both.addAll(second);
                    return both;
                }));
    }

    private static <T> Future<T> unavailable(String why, Throwable cause) {
        LOG.warn("{}: {}", why, Objects.toString(cause.getMessage()));
        return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, why));
    }

    private long micros() {
        Instant now = clock.instant();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
    }
}
