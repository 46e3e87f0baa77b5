package io.millrace.broadcast.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits how many tokens of an address are verified in vain in a minute, which starts with the first. It protects this
 * node's processor, so each node counts by itself. Safe from any thread.
 */
final class RefusedTokenLimit {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final int max;
    private final Cache<String, Window> windows =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(MINUTE).build();

    private record Window(long sinceNs, AtomicInteger count) {}

    RefusedTokenLimit(int max) {
        this.max = max;
    }

    void add(String address) {
        windows.get(address, first -> new Window(System.nanoTime(), new AtomicInteger()))
                .count
                .incrementAndGet();
    }

    /** Fails as {@link Failure#RATE_LIMITED}, with the time until the next minute, if there were too many. */
    void check(String address) {
        Window window = windows.getIfPresent(address);
        if (window != null && window.count.get() >= max) {
            long restMs = MINUTE.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - window.sinceNs);
            throw new MillraceException(
                    Failure.RATE_LIMITED, "more than " + max + " refused tokens in a minute", Math.max(1, restMs));
        }
    }
}
