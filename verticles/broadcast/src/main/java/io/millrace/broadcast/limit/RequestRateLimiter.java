package io.millrace.broadcast.limit;

import io.millrace.contracts.failure.Failure;
import io.millrace.platform.limit.RateLimiter;
import io.millrace.platform.limit.RateLimits;
import java.time.Duration;

/** Limits how often each user or address does something in a minute, at all nodes together. Safe from any thread. */
final class RequestRateLimiter {
    private final String limit;
    private final RateLimiter limiter;

    /**
     * @param name of the limit
     * @param what what is limited, in the plural, for the error message
     */
    RequestRateLimiter(RateLimits limits, String name, String what, int max) {
        this.limit = max + " " + what + " in a minute";
        this.limiter = limits.limiter(name, max, Duration.ofMinutes(1));
    }

    /** Counts one time; beyond the limit it fails as {@link Failure#RATE_LIMITED}, with the time until the next one. */
    void count(String key) {
        limiter.take(key, 1, () -> limit);
    }
}
