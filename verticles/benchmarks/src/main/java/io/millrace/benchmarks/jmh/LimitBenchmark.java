package io.millrace.benchmarks.jmh;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.limit.RateLimiter;
import io.millrace.platform.limit.RateLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a rate limit costs a request, by a node that counts alone and by one that adds to a total every 20 ms. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LimitBenchmark {
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
