package io.millrace.platform.limit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The rate limits of a node. A token is taken from what the node knows, without waiting; what was taken is added to the
 * total of all nodes at once, or after 20 ms while others are being added, and the answer tells what the others took. So
 * nodes together may exceed a limit for a moment, by what they take meanwhile; since it is added all the same, they pay it
 * back. Without a total each node counts alone. Safe from any thread.
 */
public final class RateLimits {
    private static final int PACE_MS = 20;
    private static final int BATCH = 1_000;
    /** Buckets that may wait to be added. */
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final Context loop;
    private final Totals totals;
    private final LongSupplier nanos;
    private final List<RateLimiter> limiters = new CopyOnWriteArrayList<>();
    private final Queue<TokenBucket> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final AtomicBoolean adding = new AtomicBoolean();
    private final Counter unshared;

    /** What all nodes took together. */
    @FunctionalInterface
    public interface Totals {
        /** A node that counts alone. */
        Totals NONE = taken -> Future.failedFuture("there is no total");

        /** Adds what was taken; completes with the nanoseconds until each bucket is full, in order. */
        Future<List<Double>> add(List<Taken> taken);
    }

    /**
     * What was taken of a bucket.
     *
     * @param bucket its name: letters, digits, {@code - _ : .}
     * @param nanos the time in which as much becomes free again
     * @param mostNanos the longest time until a bucket is full, whatever was taken
     */
    public record Taken(String bucket, double nanos, double mostNanos) {}

    public RateLimits(Vertx vertx, MeterRegistry metrics, Totals totals) {
        this(vertx, metrics, totals, System::nanoTime);
    }

    RateLimits(Vertx vertx, MeterRegistry metrics, Totals totals, LongSupplier nanos) {
        this.vertx = vertx;
        this.loop = vertx.getOrCreateContext();
        this.totals = totals;
        this.nanos = nanos;
        this.unshared = Counter.builder("millrace.limits.unshared")
                .description(
                        "Uses of a rate limit that this node alone knows of, since Redis did not answer or was behind")
                .register(metrics);
        Gauge.builder("millrace.limits.keys", this, RateLimits::keys)
                .description("Users, addresses and sources whose rate limits are in memory")
                .register(metrics);
    }

    /**
     * Makes a limit, which is one with those of the same name on other nodes.
     *
     * @param name letters and dots
     * @param most the tokens that become free in a time, and the most that can be taken at once
     */
    public RateLimiter limiter(String name, int most, Duration time) {
        RateLimiter limiter = new RateLimiter(this, name, most, time);
        limiters.add(limiter);
        return limiter;
    }

    private long keys() {
        return limiters.stream().mapToLong(RateLimiter::keys).sum();
    }

    long nanos() {
        return nanos.getAsLong();
    }

    /** Tokens were taken of a bucket. */
    void spent(TokenBucket bucket) {
        if (totals == Totals.NONE || !bucket.mustQueue()) {
            return;
        }
        if (waitingCount.get() >= MAX_WAITING) {
            bucket.keep();
            unshared.increment();
            return;
        }
        waitingCount.incrementAndGet();
        waiting.add(bucket);
        addSoon();
    }

    private void addSoon() {
        if (adding.compareAndSet(false, true)) {
            loop.runOnContext(turn -> add());
        }
    }

    private void add() {
        List<TokenBucket> buckets = new ArrayList<>();
        List<Taken> taken = new ArrayList<>();
        for (TokenBucket next = waiting.poll(); next != null; next = buckets.size() < BATCH ? waiting.poll() : null) {
            waitingCount.decrementAndGet();
            buckets.add(next);
            taken.add(new Taken(next.id(), next.share(), next.limiter().mostNanos()));
        }
        long at = nanos();
        totals.add(taken)
                .onSuccess(all -> {
                    long now = nanos();
                    for (int i = 0; i < buckets.size(); i++) {
                        buckets.get(i).learn(all.get(i), at, now);
                    }
                })
                .onFailure(failed -> unshared.increment(buckets.size()))
                .onComplete(done -> vertx.setTimer(PACE_MS, pause -> {
                    adding.set(false);
                    if (!waiting.isEmpty()) {
                        addSoon();
                    }
                }));
    }
}
