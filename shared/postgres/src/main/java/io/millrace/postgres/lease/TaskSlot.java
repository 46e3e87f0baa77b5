package io.millrace.postgres.lease;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.TaskStatus.State;
import io.millrace.platform.delivery.SystemAlerts;
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

/** One task on this node: its lease, its present run and its state. Belongs to the event loop of its runner. */
final class TaskSlot {
    private static final Logger LOG = LoggerFactory.getLogger(TaskSlot.class);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final long STOP_SECONDS = 10;
    private static final long NO_TIMER = -1;
    /** After so many failures one after the other another node tries it. */
    private static final int TRIES = 5;
    /** How long this node then leaves it to others. */
    private static final long LEFT_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Vertx vertx;
    private final Leases leases;
    private final String kind;
    private final LeasedTask task;
    private final FailureAlert alert;
    private final Backoff backoff;
    private final Counter restarts;
    private final Counter losses;
    private @Nullable Lease lease;
    private volatile LeasedTask.@Nullable Run run;
    private Future<Void> letGo = Future.succeededFuture();
    private int attempts;
    private volatile @Nullable Long leftAtNanos;
    private volatile @Nullable String leftBecause;
    private long startedNanos;
    private long restartTimer = NO_TIMER;
    private long deadlineTimer = NO_TIMER;
    private volatile State state = State.WAITING;
    private volatile @Nullable String failure;

    TaskSlot(
            Vertx vertx,
            Leases leases,
            LeasedTask task,
            LeaseSettings settings,
            SystemAlerts alerts,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.leases = leases;
        this.kind = leases.kind().word();
        this.task = task;
        this.alert = new FailureAlert(leases, task.name(), alerts);
        this.backoff = new Backoff(FIRST_WAIT, settings.backoffMax(), ThreadLocalRandom.current());
        Gauge.builder(leases.kind().metric("state"), this, slot -> slot.state.ordinal())
                .description(
                        "what it does on this node: 0 it waits for its lease, 1 starts, 2 runs, 3 fails, 4 has stopped")
                .tag(kind, task.name())
                .register(metrics);
        this.restarts = Counter.builder(leases.kind().metric("restarts"))
                .description("how often it was started again on this node after it had ended by itself")
                .tag(kind, task.name())
                .register(metrics);
        this.losses = Counter.builder(leases.kind().metric("lease.losses"))
                .description("leases that this node lost without giving them back")
                .tag(kind, task.name())
                .register(metrics);
    }

    String name() {
        return task.name();
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
        LeasedTask.Run now = run;
        return now == null ? -1 : now.lag();
    }

    String kind() {
        return task.kind();
    }

    /** What is wrong with it, for an operator; null if nothing is. Safe from any thread. */
    @Nullable
    String problem() {
        LeasedTask.Run now = run;
        return switch (state) {
            case WAITING -> isOffered() ? null : leftBecause;
            case RUNNING -> now == null ? null : now.problem();
            case STARTING -> now != null && now.problem() != null ? now.problem() : failing();
            case FAILING -> failing();
            case STOPPED -> "stopped: " + failure;
        };
    }

    private @Nullable String failing() {
        return failure == null ? null : "failing: " + failure;
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
        LOG.warn("{} {} is left to another node for a minute, since it fails here: {}", kind, task.name(), failure);
        leftAtNanos = System.nanoTime();
        leftBecause = "left to another node, since it fails here: " + failure;
        release().onFailure(never -> {});
    }

    /** Whether this node would run it. */
    boolean isOffered() {
        Long since = leftAtNanos;
        return since == null || System.nanoTime() - since > LEFT_NANOS;
    }

    /** Starts the task. */
    void acquired(Lease acquired) {
        lease = acquired;
        attempts = 0;
        LOG.info("{} {}: this node runs it, with the fence {}", kind, task.name(), acquired.fence());
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
            if (hasRunFor(backoff.cap())) {
                alert.runsAgain(held);
            }
            long leftMs = TimeUnit.NANOSECONDS.toMillis(held.leftNanos()) + 1;
            deadlineTimer = vertx.setTimer(leftMs, fired -> watch());
        } else {
            losses.increment();
            LOG.warn("{} {}: its lease has ended, so it stops on this node", kind, task.name());
            forget();
        }
    }

    private void begin(Lease held) {
        state = State.STARTING;
        startedNanos = System.nanoTime();
        LeasedTask.Run begun;
        try {
            begun = task.start(held);
        } catch (RuntimeException defect) {
            LOG.error("{} {} can't start", kind, task.name(), defect);
            failed(held, defect);
            return;
        }
        run = begun;
        begun.started().onComplete(connected -> {
            if (connected.succeeded() && run == begun) {
                state = State.RUNNING;
                startedNanos = System.nanoTime();
                failure = null;
                LOG.info("{} {} runs", kind, task.name());
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
        if (hasRunFor(backoff.cap())) {
            attempts = 0;
        }
        failure = error.getMessage() == null ? error.toString() : error.getMessage();
        if (error instanceof TaskStoppedException) {
            state = State.STOPPED;
            LOG.error("{} {} has stopped: {}", kind, task.name(), failure);
            alert.tell(held, "has stopped", failure, startedNanos);
            return;
        }
        state = State.FAILING;
        long waitMs = backoff.delayMs(attempts++);
        LOG.warn("{} {} is started again in {} ms: {}", kind, task.name(), waitMs, failure);
        if (attempts >= TRIES - 1) {
            // Before it is another node's to try.
            alert.tell(held, "fails", failure, startedNanos);
        }
        restartTimer = vertx.setTimer(waitMs, fired -> {
            if (held.isHeld()) {
                restarts.increment();
                begin(held);
            } else {
                watch();
            }
        });
    }

    private boolean hasRunFor(Duration time) {
        return state == State.RUNNING && System.nanoTime() - startedNanos > time.toNanos();
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
                    "{} {}: its lease was not given back, another node waits until it is over: {}",
                    kind,
                    task.name(),
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
        LeasedTask.Run ending = run;
        run = null;
        if (ending == null) {
            return;
        }
        Promise<Void> gone = Promise.promise();
        letGo = gone.future();
        long late = vertx.setTimer(TimeUnit.SECONDS.toMillis(STOP_SECONDS), fired -> {
            LOG.warn("{} {} did not stop in {} s", kind, task.name(), STOP_SECONDS);
            gone.tryComplete();
        });
        ending.ended().onComplete(done -> {
            vertx.cancelTimer(late);
            if (done.failed()) {
                LOG.warn(
                        "{} {} did not stop cleanly: {}",
                        kind,
                        task.name(),
                        done.cause().getMessage());
            }
            gone.tryComplete();
        });
        ending.stop();
    }
}
