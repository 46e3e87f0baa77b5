package io.millrace.platform.resilience;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A time limit that counts only while this process runs. Where the process, or the whole machine, stood still (no core, a
 * long collection, a suspended virtual machine), an ordinary timer fires first thing afterwards, and calls a service dead
 * that had no time to answer. This one looks several times within its limit, and a look that comes late counts as one that
 * came in time, or little more.
 */
public final class StallAwareTimeout {
    private static final long LOOKS = 8;
    private static final int LONGEST_LOOK = 2;

    private StallAwareTimeout() {}

    /**
     * The same, or a failure by {@link TimeoutException} after the limit. To be called on an event loop, on which the
     * result completes.
     *
     * @param limitMs milliseconds; 0 or less fails at once
     */
    public static <T> Future<T> within(Vertx vertx, long limitMs, Future<T> future) {
        if (future.isComplete()) {
            return future;
        }
        Promise<T> promise = Promise.promise();
        Look<T> look = new Look<>(vertx, promise, TimeUnit.MILLISECONDS.toNanos(limitMs));
        future.onComplete(done -> {
            vertx.cancelTimer(look.timer);
            if (done.succeeded()) {
                promise.tryComplete(done.result());
            } else {
                promise.tryFail(done.cause());
            }
        });
        look.next();
        return promise.future();
    }

    private static final class Look<T> {
        private final Vertx vertx;
        private final Promise<T> promise;
        private final long everyNanos;
        private long leftNanos;
        private long timer = -1;

        Look(Vertx vertx, Promise<T> promise, long limitNanos) {
            this.vertx = vertx;
            this.promise = promise;
            this.everyNanos = limitNanos / LOOKS;
            this.leftNanos = limitNanos;
        }

        void next() {
            if (leftNanos <= 0) {
                promise.tryFail(new TimeoutException("not within its time"));
                return;
            }
            long began = System.nanoTime();
            long waitMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(Math.min(leftNanos, everyNanos)));
            timer = vertx.setTimer(waitMs, fired -> {
                leftNanos -= Math.min(System.nanoTime() - began, LONGEST_LOOK * TimeUnit.MILLISECONDS.toNanos(waitMs));
                next();
            });
        }
    }
}
