package io.millrace.broadcast.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.broadcast.spec.Heartbeat.Verdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HeartbeatTest {
    private static final ConnectionTimeouts TIMEOUTS = new ConnectionTimeouts(
            Duration.ofSeconds(30), Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(1));

    private final Heartbeat heartbeat = new Heartbeat(1_000);

    @Test
    void aSilentClientIsPingedAndLostIfItDoesNotAnswer() {
        assertEquals(Verdict.ALIVE, at(31_000));
        assertEquals(Verdict.PING_DUE, at(31_001));
        heartbeat.pinged(true, 31_001);
        assertEquals(Verdict.ALIVE, at(41_001));
        assertEquals(Verdict.LOST, at(41_002));
    }

    @Test
    void anAnswerToAPingStartsTheSilenceAnew() {
        heartbeat.pinged(true, 31_001);
        heartbeat.seen(35_000);
        assertEquals(Verdict.ALIVE, at(65_000));
        assertEquals(Verdict.PING_DUE, at(65_001));
    }

    @Test
    void aTransportThatCannotPingIsNeverLost() {
        heartbeat.pinged(false, 31_001);
        assertEquals(Verdict.ALIVE, at(61_001));
        assertEquals(Verdict.PING_DUE, at(61_002));
    }

    @Test
    void aClientThatReadsNothingIsStuckAndItsAnswerToAPingIsNotWaitedFor() {
        heartbeat.pinged(true, 31_001);
        heartbeat.full(31_500);
        assertEquals(Verdict.ALIVE, at(51_500));
        assertEquals(Verdict.STUCK, at(51_501));
        heartbeat.drained(51_501);
        assertEquals(Verdict.ALIVE, at(81_501));
    }

    @Test
    void aClientWhoseSocketOthersFillHasThreeTimesAsLong() {
        heartbeat.full(1_500);
        assertEquals(Verdict.PING_DUE, heartbeat.check(TIMEOUTS, 61_500, () -> true));
        assertEquals(Verdict.STUCK, heartbeat.check(TIMEOUTS, 61_501, () -> true));
    }

    private Verdict at(long ms) {
        return heartbeat.check(TIMEOUTS, ms, () -> false);
    }
}
