package io.millrace.systemtests.fault;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.systemtests.load.FaultInjection;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Random faults, one every twenty seconds, under a mixed load; in the default run {@code SoakTest} has some of them. A run can be repeated: {@code millrace.chaos.seed} gives
 * the faults, {@code millrace.chaos.seconds} how long it goes ({@code scripts/chaos}).
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("ChaosTest")
@Order(41)
final class ChaosTest {
    private static final int RATE = 100;
    private static final Duration EVERY = Duration.ofSeconds(20);
    private static final long SEED = Long.getLong("millrace.chaos.seed", 20_261_121L);
    private static final int FAULTS =
            Math.max(1, Integer.getInteger("millrace.chaos.seconds", 60) / (int) EVERY.toSeconds());

    @Test
    void nothingIsLostDoubledOrOutOfOrderWhateverBreaks() throws InterruptedException {
        Random random = new Random(SEED);
        System.out.println("chaos: seed " + SEED + ", " + FAULTS + " faults");
        try (ConsistencyScenario ordeal = new ConsistencyScenario("chaos", RATE)) {
            for (int i = 1; i <= FAULTS; i++) {
                long begin = System.nanoTime();
                ordeal.load().awaitMore(RATE);
                FaultInjection fault = FaultInjection.values()[random.nextInt(FaultInjection.values().length)];
                System.out.println("chaos: " + i + " of " + FAULTS + ", " + fault + " " + fault.strike(ordeal, random));
                long left = EVERY.toMillis()
                        - Duration.ofNanos(System.nanoTime() - begin).toMillis();
                Thread.sleep(Math.max(0, left));
            }
            System.out.println("chaos: " + ordeal.verdict());
        }
    }
}
