package io.millrace.persistence.commit;

import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * How ordinary events make room for urgent ones: while some came lately, they are committed in small steps, one at a time,
 * with a rest as long as each took, unless PostgreSQL is slow. An urgent event then waits for one step at most, the
 * first for what was under way when it came, and everything behind the commit
 * (the shards, the cache, the sockets) gets its turns as small. Whatever waits meanwhile waits in Kafka.
 *
 * <p>By measurement (decision 003): urgent events past a full queue then take about as long as past an empty one. Owned by
 * the persistence verticle's event loop.
 */
public final class OrdinaryThrottle {
    /** Events of one step. */
    static final int STEP = 32;

    private static final long LATELY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Longer steps are no courtesy, but a PostgreSQL that is slow: many of them would never come to an end in time. */
    private static final long SLOW_MS = 100;

    private static final long AWHILE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private long urgentNanos = System.nanoTime() - LATELY_NANOS;
    private long slowNanos = System.nanoTime() - AWHILE_NANOS;

    public OrdinaryThrottle(Vertx vertx) {
        this.vertx = vertx;
    }

    void urgentCame() {
        urgentNanos = System.nanoTime();
    }

    boolean due() {
        long now = System.nanoTime();
        return now - urgentNanos < LATELY_NANOS && now - slowNanos >= AWHILE_NANOS;
    }

    /** Such limits in small steps. */
    public static Batcher.Limits of(Batcher.Limits limits) {
        return new Batcher.Limits(Math.min(STEP, limits.batch()), limits.waiting(), 1, limits.patience());
    }

    /**
     * Rests after a batch where that is due, before the next one may begin.
     *
     * @param events of the batch
     */
    <T> Future<T> after(int events, Supplier<Future<T>> batch) {
        long start = System.nanoTime();
        return batch.get().onComplete(done -> time(events, start)).compose(done -> {
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            return due() && events <= STEP
                    ? vertx.timer(Math.max(1, tookMs), TimeUnit.MILLISECONDS).map(done)
                    : Future.succeededFuture(done);
        });
    }

    private void time(int events, long start) {
        long now = System.nanoTime();
        if (events <= STEP && TimeUnit.NANOSECONDS.toMillis(now - start) > SLOW_MS) {
            slowNanos = now;
        }
    }
}
