package io.millrace.persistence.commit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.persistence.commit.CommitBatch.Arrival;
import io.millrace.persistence.failover.LostCommits;
import io.millrace.persistence.store.CommitErrors;
import io.millrace.persistence.store.DatabaseClock;
import io.millrace.persistence.store.StreamRegistry;
import io.millrace.platform.bus.ShardPublisher;
import io.millrace.platform.resilience.Batcher;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits events in batches: the events that arrive during a commit are the next batch. A stream belongs to one
 * pipeline, so its events keep their order; urgent events have a queue of their own there, and overtake ordinary ones
 * that haven't started. (In pipelines of their own, urgent and ordinary events of one stream would wait for each
 * other's locks, and neither pipeline would know the stream's head.) Two batches decided from the cache may be in
 * progress, so that PostgreSQL continues with the second as soon as the first is durable, while this node still
 * processes the first's outcomes. All state belongs to the persistence verticle's event loop.
 *
 * <p>A batch is committed by {@link OptimisticCommit}, in one statement, or if that fails by {@link PessimisticCommit}.
 */
public final class CommitPipeline {
    private static final Logger LOG = LoggerFactory.getLogger(CommitPipeline.class);
    private static final int MAX_ATTEMPTS = 5;

    private final Vertx vertx;
    private final Pool pool;
    private final StreamRegistry streams;
    private final ShardPublisher publisher;
    private final DatabaseClock clock;
    private final CommitCache cache;
    private final OptimisticCommit optimistic;
    private final PessimisticCommit pessimistic;
    private final Batcher<Arrival, Outcome> urgent;
    private final Batcher<Arrival, Outcome> ordinary;
    private final OrdinaryThrottle throttle;
    private final Breaker breaker;
    private final ExpiredEventStore dropped;
    private final LostCommits lost;
    private final long timeoutMs;
    private final long patienceNanos;
    private final Timer urgentLatency;
    private final Timer ordinaryLatency;
    private final Counter optimisticCommits;
    private final Counter locked;
    private final Counter conflicts;
    private final InFlightBatches inFlight = new InFlightBatches();

    /**
     * What all pipelines of a node share.
     *
     * @param throttle slows ordinary events while urgent ones arrive on any pipeline
     * @param breaker the breaker of PostgreSQL
     * @param lost is told of each commit, and says when commits go on after a failover
     * @param timeout how long a commit may take before it is answered as unavailable, although it may still succeed
     */
    public record Shared(
            Vertx vertx,
            DomainModel domains,
            StreamRegistry streams,
            ShardPublisher publisher,
            ExpiredEventStore dropped,
            LostCommits lost,
            OrdinaryThrottle throttle,
            Breaker breaker,
            DatabaseClock clock,
            Duration timeout,
            MeterRegistry metrics) {}

    public CommitPipeline(String name, Pool pool, Shared shared, CommitCache cache, Batcher.Limits limits) {
        this.pool = pool;
        this.vertx = shared.vertx;
        this.streams = shared.streams;
        this.publisher = shared.publisher;
        this.dropped = shared.dropped;
        this.lost = shared.lost;
        this.breaker = shared.breaker;
        this.clock = shared.clock;
        this.timeoutMs = shared.timeout.toMillis();
        this.patienceNanos = limits.patience().toNanos();
        this.cache = cache;
        MeterRegistry metrics = shared.metrics;
        this.throttle = shared.throttle;
        this.urgent = new Batcher<>("persistence-urgent-" + name, limits, metrics, Arrival::bytes, this::commit);
        this.ordinary = new Batcher<>(
                "persistence-ordinary-" + name,
                () -> throttle.due() ? OrdinaryThrottle.of(limits) : limits,
                metrics,
                Arrival::bytes,
                batch -> throttle.after(batch.size(), () -> commit(batch)));
        this.urgentLatency = latency(name, "urgent", metrics);
        this.ordinaryLatency = latency(name, "ordinary", metrics);
        this.optimisticCommits = metrics.counter("millrace.persistence.commits", "lane", name, "mode", "optimistic");
        this.locked = metrics.counter("millrace.persistence.commits", "lane", name, "mode", "pessimistic");
        this.conflicts = metrics.counter("millrace.persistence.conflicts", "lane", name);
        this.optimistic = new OptimisticCommit(pool, shared.domains, clock::micros, cache, inFlight);
        this.pessimistic = new PessimisticCommit(shared.domains, clock::micros, conflicts);
    }

    private static Timer latency(String lane, String kind, MeterRegistry metrics) {
        return Timer.builder("millrace.persistence.commit")
                .tag("lane", lane)
                .tag("kind", kind)
                .publishPercentileHistogram()
                .register(metrics);
    }

    /**
     * Opens the connections and prepares the statements of a first commit, which took seconds where all processors are busy.
     * Nothing is written; a failure is that of the first commit, then.
     */
    public Future<Void> warmUp() {
        return Future.join(
                        pool.getConnection()
                                .compose(connection -> pessimistic.run(connection, CommitBatch.of(List.<Arrival>of()))),
                        optimistic.warmUp())
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** Commits events that are all urgent, or all ordinary. */
    public Future<List<Outcome>> add(List<Event> events, CommitPath path) {
        long now = System.nanoTime();
        List<Arrival> arrivals = events.stream()
                .map(event -> new Arrival(clock.notLater(event), path, now))
                .toList();
        if (events.get(0).priority().urgent()) {
            throttle.onUrgent();
            return urgent.addAll(arrivals);
        }
        return addInSteps(arrivals, new ArrayList<>(arrivals.size()));
    }

    /**
     * Commits in steps while ordinary events are throttled and time is left. If a step fails, later ones aren't tried:
     * their sender sends all of them again, in order.
     */
    private Future<List<Outcome>> addInSteps(List<Arrival> arrivals, List<Outcome> outcomes) {
        int from = outcomes.size();
        boolean early = System.nanoTime() - arrivals.get(0).sinceNanos() < patienceNanos / 2;
        int to = throttle.due() && early ? Math.min(arrivals.size(), from + OrdinaryThrottle.STEP) : arrivals.size();
        return ordinary.addAll(arrivals.subList(from, to)).compose(step -> {
            outcomes.addAll(step);
            return to == arrivals.size() ? Future.succeededFuture(outcomes) : addInSteps(arrivals, outcomes);
        });
    }

    /** Another server may have become the primary, with other heads and entities than the cache has. */
    public void distrust() {
        cache.clear();
    }

    public boolean idle() {
        return urgent.idle() && ordinary.idle();
    }

    /** The timeout starts when the first event arrived. */
    private Future<List<Outcome>> commit(List<Arrival> batch) {
        long waitedMs =
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - batch.get(0).sinceNanos());
        CommitBatch arrivals = CommitBatch.of(batch);
        return breaker.run(() -> inTime(arrivals, timeoutMs - waitedMs));
    }

    private Future<List<Outcome>> inTime(CommitBatch arrivals, long leftMs) {
        long start = System.nanoTime();
        InFlightBatches.Slot slot = inFlight.next();
        Future<List<Outcome>> committed = lost.looked().isComplete()
                ? begin(arrivals, slot)
                : lost.looked().compose(known -> begin(arrivals, slot));
        return StallAwareTimeout.within(vertx, leftMs, committed)
                .recover(error -> error instanceof TimeoutException ? forget(arrivals) : Future.failedFuture(error))
                .onComplete(done -> {
                    slot.end();
                    boolean first = arrivals.events().get(0).priority().urgent();
                    (first ? urgentLatency : ordinaryLatency).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                });
    }

    private Future<List<Outcome>> begin(CommitBatch arrivals, InFlightBatches.Slot slot) {
        return optimistic.covers(arrivals.events())
                ? commitOptimistically(arrivals, slot)
                : slot.underLocks(() -> attempt(arrivals, 1));
    }

    /**
     * After any failure the commit under locks is tried, which finds out whether an event was at fault; but not if
     * PostgreSQL itself is unavailable.
     */
    private Future<List<Outcome>> commitOptimistically(CommitBatch events, InFlightBatches.Slot slot) {
        return optimistic
                .commit(events, slot)
                .compose(commit -> {
                    optimisticCommits.increment();
                    return published(commit);
                })
                .recover(error -> {
                    if (CommitErrors.isConflict(error)) {
                        conflicts.increment();
                    } else if (error instanceof PgException && CommitErrors.isUnavailable(error)) {
                        return PgErrors.unavailable(error);
                    }
                    return slot.fallBack(() -> attempt(events, 1));
                });
    }

    private Future<List<Outcome>> attempt(CommitBatch arrivals, int attempt) {
        return streams.begin(arrivals.events())
                .compose(begun -> pool.getConnection())
                .compose(connection -> pessimistic.run(connection, arrivals))
                .compose(commit -> {
                    locked.increment();
                    cache.update(commit);
                    return published(commit);
                })
                .recover(error -> recover(arrivals, attempt, error));
    }

    private Future<List<Outcome>> published(CommitPlan commit) {
        lost.note(commit.committed());
        publisher.publish(commit.committed());
        return dropped.at(commit).map(commit.outcomes());
    }

    private <T> Future<T> forget(CommitBatch arrivals) {
        streams.remove(arrivals.events());
        cache.remove(arrivals.events());
        LOG.warn("PostgreSQL did not commit {} events within persistence.commit.timeout", arrivals.size());
        return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "PostgreSQL didn't commit in time"));
    }

    private Future<List<Outcome>> recover(CommitBatch arrivals, int attempt, Throwable error) {
        streams.remove(arrivals.events());
        cache.remove(arrivals.events());
        if (CommitErrors.isConflict(error)) {
            conflicts.increment();
            if (attempt < MAX_ATTEMPTS) {
                return attempt(arrivals, attempt + 1);
            }
            // PostgreSQL works, so this doesn't count for the breaker.
            return Future.failedFuture(new MillraceException(
                    Failure.OVERLOADED, "other commits changed the same entities each time; send it again"));
        }
        if (CommitErrors.isUnavailable(error)) {
            return PgErrors.unavailable(error);
        }
        if (arrivals.size() > 1) {
            return attemptHalves(arrivals);
        }
        Event bad = arrivals.events().get(0);
        TraceLog.of(bad, () -> LOG.warn("could not commit event {} of source {}", bad.id(), bad.source(), error));
        return Future.succeededFuture(List.of(Outcome.failed(
                bad.id(), Failure.INVALID_EVENT, "it can't be committed: " + CommitErrors.reason(error))));
    }

    /** One of the events is bad: the batch is halved until it is alone, and the others are committed. */
    private Future<List<Outcome>> attemptHalves(CommitBatch arrivals) {
        int half = arrivals.size() / 2;
        return attempt(arrivals.part(0, half), 1).compose(first -> attempt(arrivals.part(half, arrivals.size()), 1)
                .map(second -> {
                    List<Outcome> both = new ArrayList<>(first);
                    both.addAll(second);
                    return both;
                }));
    }
}
