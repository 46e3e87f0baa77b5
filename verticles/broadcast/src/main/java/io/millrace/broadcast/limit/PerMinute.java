package io.millrace.broadcast.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** How often each does something in a minute, which begins with its first time. Safe from any thread. */
final class PerMinute {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String what;
    private final int most;
    private final Cache<String, Window> windows =
            Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(MINUTE).build();

    private record Window(long sinceNs, AtomicInteger count) {}

    /**
     * @param what is done, in the plural
     */
    PerMinute(String what, int most) {
        this.what = what;
        this.most = most;
    }

    /** Counts one time; fails as {@link Failure#RATE_LIMITED}, with when to come back, if it is one too many. */
    void count(String who) {
        Window window = windows.get(who, first -> new Window(System.nanoTime(), new AtomicInteger()));
        if (window.count.incrementAndGet() > most) {
            long restMs = MINUTE.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - window.sinceNs);
            throw new MillraceException(
                    Failure.RATE_LIMITED, "more than " + most + " " + what + " in a minute", Math.max(1, restMs));
        }
    }
}
