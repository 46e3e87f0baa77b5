package io.millrace.platform.resilience;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A timeout that counts only the time in which this process runs. If the process or the whole machine was stalled (no
 * core, a long garbage collection, a suspended virtual machine), an ordinary timer fires right afterwards, although the
 * service had no time to answer. This one checks several times within its limit, and a late check counts as a punctual
 * one, or little more.
 *
 * <p>{@link Future#timeout} completes a future without a context, as those of {@link Promise#promise()} and of
 * {@code succeededFuture().compose} are, on a thread of Netty's own (Vert.x 5.0.12), beside the event loop that owns the
 * state.
 */
public final class StallAwareTimeout {
    private static final long LOOKS = 8;
    private static final int LONGEST_LOOK = 2;

    private StallAwareTimeout() {}

    /**
     * Completes as the future, or fails with {@link TimeoutException} after the limit. Called on an event loop, on
     * which the result completes.
     *
     * @param limitMs the limit in milliseconds; 0 or less fails at once
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
