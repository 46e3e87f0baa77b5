package io.millrace.platform.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Ten tokens a second, and ten at once. */
class TokenBucketTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final long SECOND = 1_000_000_000L;

    private final TokenBucket bucket = new TokenBucket(
            new RateLimits(VERTX, new SimpleMeterRegistry(), RateLimits.Totals.NONE)
                    .limiter("test", 10, Duration.ofSeconds(1)),
            "test:a",
            0);

    @AfterAll
    static void close() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aBurstOfOneSecondPassesAndThenOnlyTheRate() {
        assertEquals(0, bucket.take(10, 0));
        assertEquals(SECOND / 10, bucket.take(1, 0), "the time until there is one");
        assertEquals(SECOND / 2, bucket.take(5, 0));
        assertTrue(bucket.take(1, SECOND / 11) > 0);
        assertEquals(0, bucket.take(1, SECOND / 5));
        assertEquals(0, bucket.take(1, SECOND / 5));
        assertTrue(bucket.take(1, SECOND / 5) > 0);
    }

    @Test
    void aLongPauseAllowsNoMoreThanABurst() {
        assertEquals(0, bucket.take(10, 0));
        assertEquals(0, bucket.take(10, 3_600 * SECOND));
        assertTrue(bucket.take(1, 3_600 * SECOND) > 0);
    }

    @Test
    void aRequestLargerThanTheBucketPassesWhenItIsFullAndPaysAfterwards() {
        assertEquals(0, bucket.take(30, 0));
        assertTrue(bucket.take(1, 2 * SECOND) > 0);
        assertEquals(0, bucket.take(1, 21 * SECOND / 10));
    }

    @Test
    void whatOtherNodesTookIsMissingHereAndWhatWasForgottenThereIsNot() {
        assertEquals(0, bucket.take(2, 0));
        assertEquals(SECOND / 5.0, bucket.share());
        assertEquals(0, bucket.take(1, 0));
        // Of the seven, two are this node's; the third isn't among them yet. The answer is a tenth of a second old.
        bucket.learn(7 * SECOND / 10.0, 0, SECOND / 10);
        assertEquals(SECOND / 10, bucket.take(4, SECOND / 10));
        assertEquals(0, bucket.take(3, SECOND / 10));
        bucket.learn(0, SECOND / 10, SECOND / 10);
        assertTrue(bucket.take(1, SECOND / 10) > 0, "a Redis that was restarted knows of nothing");
    }

    @Test
    void aBucketIsQueuedOnceUntilItIsShared() {
        assertEquals(false, bucket.mustQueue(), "nothing was taken");
        assertEquals(0, bucket.take(1, 0));
        assertEquals(true, bucket.mustQueue());
        assertEquals(false, bucket.mustQueue());
        assertEquals(SECOND / 10.0, bucket.share());
        assertEquals(false, bucket.mustQueue());
        assertEquals(0, bucket.share());
    }
}
