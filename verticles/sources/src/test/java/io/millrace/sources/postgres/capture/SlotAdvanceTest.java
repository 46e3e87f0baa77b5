package io.millrace.sources.postgres.capture;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlotAdvanceTest {
    private long nanos;
    private final SlotAdvance advance = new SlotAdvance(1_000, () -> nanos);

    @Test
    void aSlotFarBehindIsMovedWhenNothingHasComeSinceTheLastQuestion() {
        assertFalse(advance.isDue(5_000, 0), "nobody knows yet whether anything comes");
        assertFalse(advance.isDue(5_000, 1), "something has come");
        assertFalse(advance.isDue(1_000, 1), "it isn't far behind");
        assertTrue(advance.isDue(1_001, 1));
    }

    @Test
    void readingStopsForItEveryFiveMinutesAtMost() {
        advance.isDue(0, 0);
        assertTrue(advance.isDue(5_000, 0));
        nanos += TimeUnit.MINUTES.toNanos(5) - 1;
        assertFalse(advance.isDue(5_000, 0));
        nanos++;
        assertTrue(advance.isDue(5_000, 0));
    }
}
