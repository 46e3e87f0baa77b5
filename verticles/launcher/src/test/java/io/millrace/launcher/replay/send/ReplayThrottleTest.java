package io.millrace.launcher.replay.send;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.launcher.replay.FakeTiming;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReplayThrottleTest {
    private static final Instant NOON = Instant.parse("2011-01-01T12:00:00Z");
    private final FakeTiming timing = new FakeTiming();

    @Test
    void anHourPassesInAMinuteAtSixtyTimes() throws InterruptedException {
        ReplayThrottle pace = new ReplayThrottle(60, timing);
        assertEquals(Duration.ZERO, pace.untilDue(NOON));
        assertEquals(Duration.ofMinutes(1), pace.untilDue(NOON.plusSeconds(3600)));
        timing.sleep(Duration.ofSeconds(45));
        assertEquals(Duration.ofSeconds(15), pace.untilDue(NOON.plusSeconds(3600)));
    }

    @Test
    void whatIsLateIsDue() throws InterruptedException {
        ReplayThrottle pace = new ReplayThrottle(1, timing);
        assertEquals(Duration.ZERO, pace.untilDue(NOON));
        timing.sleep(Duration.ofSeconds(10));
        assertEquals(Duration.ZERO, pace.untilDue(NOON.plusSeconds(5)));
        assertEquals(Duration.ZERO, pace.untilDue(NOON.minusSeconds(5)));
        assertEquals(Duration.ofSeconds(10), pace.untilDue(NOON.plusSeconds(20)));
    }

    @Test
    void atFullSpeedNothingWaits() {
        ReplayThrottle pace = new ReplayThrottle(ReplayThrottle.MAX, timing);
        assertEquals(Duration.ZERO, pace.untilDue(NOON));
        assertEquals(Duration.ZERO, pace.untilDue(NOON.plusSeconds(3600)));
    }
}
