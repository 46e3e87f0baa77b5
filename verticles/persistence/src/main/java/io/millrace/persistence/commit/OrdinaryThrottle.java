package io.millrace.persistence.commit;

import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Slows ordinary events while urgent ones arrive: ordinary events are then committed in small steps, one at a time,
 * with a pause as long as each step took, unless PostgreSQL is slow. An urgent event then waits for one step at most,
 * and the parts after the commit (the shards, the cache, the sockets) get small batches, too. Further events wait in
 * Kafka.
 *
 * <p>Measured (decision 003): urgent events beside a full queue then take about as long as beside an empty one. Owned
 * by the persistence verticle's event loop.
 */
public final class OrdinaryThrottle {
    /** Events of one step. */
    static final int STEP = 32;

    private static final long LATELY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Steps that take longer are due to a slow PostgreSQL: with pauses many of them would time out. */
    private static final long SLOW_MS = 100;

    private static final long AWHILE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private long urgentNanos = System.nanoTime() - LATELY_NANOS;
    private long slowNanos = System.nanoTime() - AWHILE_NANOS;

    public OrdinaryThrottle(Vertx vertx) {
        this.vertx = vertx;
    }

    void onUrgent() {
        urgentNanos = System.nanoTime();
    }

    boolean due() {
        long now = System.nanoTime();
        return now - urgentNanos < LATELY_NANOS && now - slowNanos >= AWHILE_NANOS;
    }

    /** The limits with small steps. */
    public static Batcher.Limits of(Batcher.Limits limits) {
        return new Batcher.Limits(Math.min(STEP, limits.batch()), limits.waiting(), 1, limits.patience());
    }

    /**
     * Pauses after a batch, if necessary, before the next one starts.
     *
     * @param events the number of events in the batch
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
