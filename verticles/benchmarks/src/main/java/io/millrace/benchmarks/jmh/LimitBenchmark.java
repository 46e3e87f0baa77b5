package io.millrace.benchmarks.jmh;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.limit.RateLimiter;
import io.millrace.platform.limit.RateLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** What a rate limit costs a request, by a node that counts alone and by one that adds to a total every 20 ms. */
public class LimitBenchmark extends MicroBenchmark {
    private static final int USERS = 1_000;

    @Param({"alone", "together"})
    private String counted = "alone";

    private final String[] users = new String[USERS];
    private @Nullable Vertx vertx;
    private @Nullable RateLimiter limiter;
    private int next;

    @Setup
    public void start() {
        Vertx started = Vertx.vertx();
        vertx = started;
        for (int i = 0; i < USERS; i++) {
            users[i] = "customer-" + i;
        }
        RateLimits.Totals totals = counted.equals("alone")
                ? RateLimits.Totals.NONE
                : taken -> Future.succeededFuture(
                        taken.stream().map(RateLimits.Taken::nanos).toList());
        limiter = new RateLimits(started, new SimpleMeterRegistry(), totals)
                .limiter("publisher", 1_000_000_000, Duration.ofSeconds(1));
    }

    /** Of one of many users. */
    @Benchmark
    public void take() {
        next = (next + 1) % USERS;
        Objects.requireNonNull(limiter).take(users[next], 1, () -> "it may");
    }

    @TearDown
    public void close() {
        Objects.requireNonNull(vertx)
                .close()
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }
}
