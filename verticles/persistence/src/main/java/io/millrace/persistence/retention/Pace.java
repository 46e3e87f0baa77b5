package io.millrace.persistence.retention;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Small steps with pauses between them, for work that nobody waits for beside commits, for which senders wait. A step is as
 * large as takes about {@link #STEP_MS}, and the pause after it is as much longer than the step as the share says: the slower
 * PostgreSQL is, the less it is asked. Owned by one event loop.
 */
final class Pace {
    private static final long STEP_MS = 10;
    private static final long MAX_PAUSE_MS = 10_000;
    private static final int MIN_ROWS = 20;
    private static final int MAX_ROWS = 2_000;

    private final Vertx vertx;
    private final int share;
    private int rows = 100;
    private boolean stopping;
    private long timer;
    private Promise<Void> paused = Promise.promise();

    /** @param share percent of the time that is for steps */
    Pace(Vertx vertx, int share) {
        this.vertx = vertx;
        this.share = share;
    }

    /** Runs a step of a fixed size, and completes after the pause with what it returned. */
    <T> Future<T> run(Supplier<Future<T>> step) {
        long start = System.nanoTime();
        return step.get().compose(done -> pause(System.nanoTime() - start).map(done));
    }

    /**
     * Runs a step, and completes after the pause with what it returned.
     *
     * @param step gets the number of rows, or pages, that it may touch
     */
    <T> Future<T> runRows(IntFunction<Future<T>> step) {
        long start = System.nanoTime();
        return step.apply(rows).compose(done -> {
            long nanos = System.nanoTime() - start;
            adapt(TimeUnit.NANOSECONDS.toMillis(nanos));
            return pause(nanos).map(done);
        });
    }

    private void adapt(long ms) {
        if (ms > 2 * STEP_MS) {
            rows = Math.max(MIN_ROWS, rows / 2);
        } else if (ms < STEP_MS / 2) {
            rows = Math.min(MAX_ROWS, rows * 2);
        }
    }

    private Future<Void> pause(long nanos) {
        long ms = TimeUnit.NANOSECONDS.toMillis(nanos * (100 - share) / share);
        Promise<Void> over = Promise.promise();
        paused = over;
        timer = vertx.setTimer(stopping ? 1 : Math.max(1, Math.min(MAX_PAUSE_MS, ms)), fired -> over.tryComplete());
        return over.future();
    }

    /** Ends the pause that there is. */
    void stop() {
        stopping = true;
        vertx.cancelTimer(timer);
        paused.tryComplete();
    }
}
