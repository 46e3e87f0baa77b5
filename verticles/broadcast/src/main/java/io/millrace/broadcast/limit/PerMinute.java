package io.millrace.broadcast.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Limits how often each user or address does something in a minute, which starts with the first time. Safe from any thread. */
final class PerMinute {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String what;
    private final int max;
    private final Cache<String, Window> windows =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(MINUTE).build();

    private record Window(long sinceNs, AtomicInteger count) {}

    /**
     * @param what what is limited, in the plural, for the error message
     */
    PerMinute(String what, int max) {
        this.what = what;
        this.max = max;
    }

    /** Counts one time; beyond the limit it fails as {@link Failure#RATE_LIMITED}, with the time until the next minute. */
    void count(String key) {
        Window window = window(key);
        if (window.count.incrementAndGet() > max) {
            throw tooMany(window);
        }
    }

    /** Counts one time, and never fails. */
    void add(String key) {
        window(key).count.incrementAndGet();
    }

    /** Fails as {@link #count} would, and counts nothing. */
    void check(String key) {
        Window window = windows.getIfPresent(key);
        if (window != null && window.count.get() >= max) {
            throw tooMany(window);
        }
    }

    private Window window(String key) {
        return windows.get(key, first -> new Window(System.nanoTime(), new AtomicInteger()));
    }

    private MillraceException tooMany(Window window) {
        long restMs = MINUTE.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - window.sinceNs);
        return new MillraceException(
                Failure.RATE_LIMITED, "more than " + max + " " + what + " in a minute", Math.max(1, restMs));
    }
}
