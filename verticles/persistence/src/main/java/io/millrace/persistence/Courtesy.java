package io.millrace.persistence;

import io.millrace.platform.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How ordinary events make room for urgent ones: while some came lately, they are committed in small steps, one at a time,
 * with a rest as long as each took. An urgent event then waits for one step at most, and everything behind the commit
 * (the shards, the cache, the sockets) gets its turns as small. Whatever waits meanwhile waits in Kafka.
 *
 * <p>By measurement (decision 003): urgent events past a full queue then take about as long as past an empty one. Owned by
 * the persistence verticle's event loop.
 */
final class Courtesy {
    /** Events of one step. */
    static final int STEP = 32;

    private static final long LATELY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** However slow PostgreSQL is. */
    private static final long LONGEST_REST_MS = 20;

    private final Vertx vertx;
    private long urgentNanos = System.nanoTime() - LATELY_NANOS;

    Courtesy(Vertx vertx) {
        this.vertx = vertx;
    }

    void urgentCame() {
        urgentNanos = System.nanoTime();
    }

    boolean due() {
        return System.nanoTime() - urgentNanos < LATELY_NANOS;
    }

    /** Such limits in small steps. */
    static Batcher.Limits of(Batcher.Limits limits) {
        return new Batcher.Limits(Math.min(STEP, limits.batch()), limits.waiting(), 1, limits.patience());
    }

    /** Rests after the step where that is due, before the next one may begin. */
    <T> Future<T> after(Supplier<Future<T>> step) {
        long start = System.nanoTime();
        return step.get().compose(done -> {
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            return due()
                    ? vertx.timer(Math.min(LONGEST_REST_MS, Math.max(1, tookMs)), TimeUnit.MILLISECONDS)
                            .map(done)
                    : Future.succeededFuture(done);
        });
    }
}
