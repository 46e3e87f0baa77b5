package io.millrace.ingest.intake;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    private final TokenBucket bucket = new TokenBucket(10);

    @Test
    void aBurstOfOneSecondPassesAndThenOnlyTheRate() {
        assertTrue(bucket.take(10, 0));
        assertFalse(bucket.take(1, 0));
        assertFalse(bucket.take(1, SECOND / 11));
        assertTrue(bucket.take(1, SECOND / 5));
        assertTrue(bucket.take(1, SECOND / 5));
        assertFalse(bucket.take(1, SECOND / 5));
    }

    @Test
    void aLongPauseAllowsNoMoreThanABurst() {
        assertTrue(bucket.take(10, 0));
        assertTrue(bucket.take(10, 3_600 * SECOND));
        assertFalse(bucket.take(1, 3_600 * SECOND));
    }

    @Test
    void aRequestLargerThanTheBucketPassesWhenItIsFullAndPaysAfterwards() {
        assertTrue(bucket.take(30, 0));
        assertFalse(bucket.take(1, 2 * SECOND));
        assertTrue(bucket.take(1, 3 * SECOND));
    }
}
