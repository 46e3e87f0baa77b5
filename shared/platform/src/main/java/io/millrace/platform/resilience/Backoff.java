package io.millrace.platform.resilience;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter: a random time between nothing and a ceiling that doubles with each attempt
 * (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015).
 */
public record Backoff(Duration base, Duration cap, RandomGenerator random) {
    /**
     * @param attempt the number of the wait, 0 for the first
     * @return the wait in milliseconds, at least 1
     */
    public long delayMs(int attempt) {
        long ceiling = Math.min(cap.toMillis(), base.toMillis() << Math.min(attempt, 20));
        return 1 + random.nextLong(Math.max(1, ceiling));
    }
}
