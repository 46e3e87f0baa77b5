package io.millrace.platform.resilience;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), new Random(3));

    @Test
    void theWaitStaysBelowACeilingThatDoublesUpToTheCap() {
        for (int attempt = 0; attempt < 10; attempt++) {
            long ceiling = Math.min(5_000, 100L << attempt);
            long longest = 0;
            for (int i = 0; i < 1_000; i++) {
                long wait = backoff.delayMs(attempt);
                assertTrue(wait >= 1 && wait <= ceiling, wait + " ms at attempt " + attempt);
                longest = Math.max(longest, wait);
            }
            assertTrue(longest > ceiling * 9 / 10, "full jitter reaches the ceiling at attempt " + attempt);
        }
    }

    @Test
    void attemptsWithoutEndOverflowNothing() {
        long wait = backoff.delayMs(Integer.MAX_VALUE);
        assertTrue(wait >= 1 && wait <= 5_000);
    }
}
