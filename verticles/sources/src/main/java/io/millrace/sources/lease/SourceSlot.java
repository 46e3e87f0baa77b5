package io.millrace.sources.lease;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.SourceStatus.State;
import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One source on this node: its lease, its present run and its state. Belongs to the event loop of its runner. */
final class SourceSlot {
    private static final Logger LOG = LoggerFactory.getLogger(SourceSlot.class);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final long STOP_SECONDS = 10;
    private static final long NO_TIMER = -1;
    /** After so many failures one after the other another node tries it. */
    private static final int TRIES = 5;
    /** How long this node then leaves it to others. */
    private static final long LEFT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Vertx vertx;
    private final Leases leases;
    private final PulledSource source;
    private final Backoff backoff;
    private final Counter restarts;
    private final Counter losses;
    private @Nullable Lease lease;
    private volatile PulledSource.@Nullable Run run;
    private Future<Void> letGo = Future.succeededFuture();
    private int attempts;
    private volatile @Nullable Long leftAtNanos;
    private volatile @Nullable String leftBecause;
    private long startedNanos;
    private long restartTimer = NO_TIMER;
    private long deadlineTimer = NO_TIMER;
    private volatile State state = State.WAITING;
    private volatile @Nullable String failure;

    SourceSlot(Vertx vertx, Leases leases, PulledSource source, LeaseSettings settings, MeterRegistry metrics) {
        this.vertx = vertx;
        this.leases = leases;
        this.source = source;
        this.backoff = new Backoff(FIRST_WAIT, settings.backoffMax(), ThreadLocalRandom.current());
        Gauge.builder("millrace.source.state", this, slot -> slot.state.ordinal())
                .description("what a source does on this node: 0 it waits for its lease, 1 starts, 2 runs, 3 fails")
                .tag("source", source.name())
                .register(metrics);
        this.restarts = Counter.builder("millrace.source.restarts")
                .description("how often a source was started again on this node after it had ended by itself")
                .tag("source", source.name())
                .register(metrics);
        this.losses = Counter.builder("millrace.source.lease.losses")
                .description("leases of a source that this node lost without giving them back")
                .tag("source", source.name())
                .register(metrics);
    }

    String name() {
        return source.name();
    }

    /** The lease, as long as this node counts on it; null if it doesn't. */
    @Nullable
    Lease lease() {
        return lease;
    }

    State state() {
        return state;
    }

    /** How many messages wait for it; -1 if that isn't known. Safe from any thread. */
    long lag() {
        PulledSource.Run now = run;
        return now == null ? -1 : now.lag();
    }

    String kind() {
        return source.kind();
    }

    /** What is wrong with it, for an operator; null if nothing is. Safe from any thread. */
    @Nullable
    String problem() {
        PulledSource.Run now = run;
        return switch (state) {
            case WAITING -> isOffered() ? null : leftBecause;
            case RUNNING -> now == null ? null : now.problem();
            case STARTING, FAILING -> failure == null ? null : "failing: " + failure;
        };
    }

    /** Whether it could be started here: nothing of an earlier run is left. */
    boolean isFree() {
        return lease == null && letGo.isComplete();
    }

    /** Whether it has failed here again and again. */
    boolean failsHere() {
        return lease != null && state == State.FAILING && attempts >= TRIES;
    }

    /** Leaves it to another node for a while: perhaps only this one can't reach the outside system. */
    void giveUp() {
        LOG.warn("source {} is left to another node for a minute, since it fails here: {}", source.name(), failure);
        leftAtNanos = System.nanoTime();
        leftBecause = "left to another node, since it fails here: " + failure;
        release().onFailure(never -> {});
    }

    /** Whether this node would run it. */
    boolean isOffered() {
        Long since = leftAtNanos;
        return since == null || System.nanoTime() - since > LEFT_NANOS;
    }

    /** Starts the source. */
    void acquired(Lease acquired) {
        lease = acquired;
        attempts = 0;
        LOG.info("source {}: this node runs it, with the fence {}", source.name(), acquired.fence());
        watch();
        begin(acquired);
    }

    /** Ends what runs without a lease; watches for the end of the lease otherwise. */
    void watch() {
        Lease held = lease;
        if (held == null) {
            return;
        }
        vertx.cancelTimer(deadlineTimer);
        if (held.isHeld()) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(held.leftNanos()) + 1;
            deadlineTimer = vertx.setTimer(leftMs, fired -> watch());
        } else {
            losses.increment();
            LOG.warn("source {}: its lease has ended, so it stops on this node", source.name());
            forget();
        }
    }

    private void begin(Lease held) {
        state = State.STARTING;
        startedNanos = System.nanoTime();
        PulledSource.Run begun;
        try {
            begun = source.start(held);
        } catch (RuntimeException defect) {
            LOG.error("source {} can't start", source.name(), defect);
            failed(held, defect);
            return;
        }
        run = begun;
        begun.started().onComplete(connected -> {
            if (connected.succeeded() && run == begun) {
                state = State.RUNNING;
                failure = null;
                LOG.info("source {} runs", source.name());
            }
        });
        begun.ended().onComplete(done -> {
            if (run == begun) {
                run = null;
                failed(held, done.failed() ? done.cause() : new IllegalStateException("it has ended by itself"));
            }
        });
    }

    private void failed(Lease held, Throwable error) {
        if (!held.isHeld()) {
            watch();
            return;
        }
        if (TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos)
                > backoff.cap().toMillis()) {
            attempts = 0;
        }
        state = State.FAILING;
        failure = error.getMessage() == null ? error.toString() : error.getMessage();
        long waitMs = backoff.delayMs(attempts++);
        LOG.warn("source {} is started again in {} ms: {}", source.name(), waitMs, failure);
        restartTimer = vertx.setTimer(waitMs, fired -> {
            if (held.isHeld()) {
                restarts.increment();
                begin(held);
            } else {
                watch();
            }
        });
    }

    /** Ends the run, and then gives the lease back. */
    Future<Void> release() {
        Lease held = lease;
        if (held == null) {
            return letGo;
        }
        forget();
        letGo = letGo.transform(stopped -> leases.release(held)).otherwise(error -> {
            LOG.warn(
                    "source {}: its lease was not given back, another node waits until it is over: {}",
                    source.name(),
                    error.getMessage());
            return null;
        });
        return letGo;
    }

    private void forget() {
        vertx.cancelTimer(deadlineTimer);
        vertx.cancelTimer(restartTimer);
        lease = null;
        state = State.WAITING;
        failure = null;
        PulledSource.Run ending = run;
        run = null;
        if (ending == null) {
            return;
        }
        Promise<Void> gone = Promise.promise();
        letGo = gone.future();
        long late = vertx.setTimer(TimeUnit.SECONDS.toMillis(STOP_SECONDS), fired -> {
            LOG.warn("source {} did not stop in {} s", source.name(), STOP_SECONDS);
            gone.tryComplete();
        });
        ending.ended().onComplete(done -> {
            vertx.cancelTimer(late);
            if (done.failed()) {
                LOG.warn(
                        "source {} did not stop cleanly: {}",
                        source.name(),
                        done.cause().getMessage());
            }
            gone.tryComplete();
        });
        ending.stop();
    }
}
