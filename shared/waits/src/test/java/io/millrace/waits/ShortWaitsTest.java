package io.millrace.waits;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShortWaitsTest {
    @Test
    void aWaitLooksOftenAtFirstAndEvery100MsInTheEnd() {
        List<Long> pauses = new ArrayList<>();
        ShortWaits.await()
                .conditionEvaluationListener(
                        look -> pauses.add(look.getPollInterval().toMillis()))
                .until(() -> pauses.size() == 9);
        assertEquals(List.of(5L, 7L, 11L, 16L, 25L, 37L, 56L, 85L, 100L, 100L), pauses);
        assertEquals(ShortWaits.LONGEST, ShortWaits.next(Duration.ofSeconds(3)), "after a long delay");
        assertEquals(ShortWaits.FIRST, ShortWaits.next(Duration.ZERO), "after none");
    }
}
