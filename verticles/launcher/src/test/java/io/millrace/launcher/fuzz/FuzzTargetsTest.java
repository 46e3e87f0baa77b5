package io.millrace.launcher.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.MalformedInput;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is nearly right, given to each reader for as long as {@code -Dmillrace.fuzz.ms} says (250), from
 * {@code -Dmillrace.fuzz.seed}. What was found by it is a plain test of its reader.
 */
@Tag("slow")
class FuzzTargetsTest {
    private static final long SEED = Long.getLong("millrace.fuzz.seed", System.nanoTime());
    private static final long TIME_NS = Long.getLong("millrace.fuzz.ms", 250) * 1_000_000;
    /** However slow the machine is. */
    private static final int FEWEST = 100;
    /** Of one input: a hundred times what the slowest one takes. */
    private static final long SLOWEST_NS = 5_000_000_000L;

    @ParameterizedTest
    @EnumSource
    void whateverIsReadIsTakenOrRefused(FuzzTarget target) {
        Random random = new Random(SEED ^ target.name().hashCode());
        MalformedInput malformed = new MalformedInput(random);
        List<byte[]> seeds = target.seeds();
        seeds.forEach(target::read);
        long end = System.nanoTime() + TIME_NS;
        for (int i = 0; i < FEWEST || System.nanoTime() < end; i++) {
            byte[] input = malformed.mutated(seeds);
            long start = System.nanoTime();
            try {
                target.read(input);
            } catch (Throwable fault) {
                throw new AssertionError(shown(target, i, input), fault);
            }
            long took = System.nanoTime() - start;
            assertTrue(took < SLOWEST_NS, () -> took / 1_000_000 + " ms: " + shown(target, -1, input));
        }
    }

    private static String shown(FuzzTarget target, int round, byte[] input) {
        return "-Dmillrace.fuzz.seed=" + SEED + ", " + target + " " + round + ": "
                + new String(
                        Arrays.copyOf(input, Math.min(input.length, 2_000)),
                        java.nio.charset.StandardCharsets.ISO_8859_1)
                + "\nbase64 " + Base64.getEncoder().encodeToString(Arrays.copyOf(input, Math.min(input.length, 8_000)));
    }
}
