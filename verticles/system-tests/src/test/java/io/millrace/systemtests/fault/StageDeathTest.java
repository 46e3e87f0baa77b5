package io.millrace.systemtests.fault;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MillraceProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * kill -9 of each stage's process in turn, at random moments of a load: each once, or as often as {@code millrace.deaths}
 * says.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("StageDeathTest")
@Order(40)
final class StageDeathTest {
    private static final int RATE = 200;
    private static final Duration RECOVERY = Duration.ofSeconds(30);
    private static final int DEATHS = Integer.getInteger("millrace.deaths", 4);

    @Test
    void whicheverStageDiesNothingIsLostOrDoubledAndAllGoesOnWithin30Seconds() {
        Random random = new Random(DEATHS);
        try (ConsistencyScenario ordeal = new ConsistencyScenario("deaths", RATE)) {
            List<MillraceProcess> processes = ordeal.processes();
            for (int i = 0; i < DEATHS; i++) {
                MillraceProcess process = processes.get(i % processes.size());
                ordeal.load().awaitMore(RATE + random.nextInt(2 * RATE));
                process.kill();
                long killed = System.nanoTime();
                process.launch();
                ordeal.awaitRecovered(RECOVERY);
                System.out.printf(
                        "deaths: %d of %d, %s, recovered after %.1f s%n",
                        i + 1, DEATHS, process.name(), (System.nanoTime() - killed) / 1e9);
            }
            System.out.println("deaths: " + ordeal.verdict());
        }
    }
}
