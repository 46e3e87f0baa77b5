package io.millrace.broadcast.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplingTest {
    @Test
    void oneInSoManyPositionsIsSampledAndOthersByAnotherConnection() {
        Sampling sampling = new Sampling(100, 17);
        Sampling other = new Sampling(100, 18);
        long sampled = IntStream.range(0, 100_000)
                .filter(offset -> sampling.samples("k3:" + offset))
                .peek(offset -> assertFalse(other.samples("k3:" + offset)))
                .count();
        assertEquals(1_000, sampled, 100);
    }

    @Test
    void clientsComputeTheSame() {
        // The same values are in client-js' tests; the hash of the second one is above 2^31.
        assertTrue(new Sampling(10, 6).samples("k3:1043"));
        assertTrue(new Sampling(100, 90).samples("k3x:99"));
        assertFalse(new Sampling(10, 5).samples("k3:1043"));
    }

    @Test
    void aConnectionKeepsItsPhaseAndNoneIsAskedWithoutTheSetting() {
        assertNull(Sampling.of("a", 0));
        assertEquals(Sampling.of("a", 100), Sampling.of("a", 100));
        assertNotEquals(
                Objects.requireNonNull(Sampling.of("a", 100)).phase(),
                Objects.requireNonNull(Sampling.of("b", 100)).phase());
    }
}
