package io.millrace.systemtests.fault;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two of three nodes, each with all stages, die together and are started together: once, or as often as {@code
 * millrace.deaths.together} says, each time others.
 */
@Tag("long")
@Order(43)
final class MostNodesDieTest {
    private static final int RATE = 60;
    private static final Duration RECOVERY = Duration.ofSeconds(30);
    private static final int DEATHS = Integer.getInteger("millrace.deaths.together", 1);

    @Test
    void whenTwoOfThreeNodesDieTogetherTheBusIsRightAgain30SecondsAfterTheyAreBack() {
        try (ConsistencyScenario ordeal =
                new ConsistencyScenario("together", RATE, Pipeline.Layout.THREE_WHOLE_PROCESSES, null, Map.of())) {
            ordeal.awaitRouted(RECOVERY);
            for (int i = 0; i < DEATHS; i++) {
                ordeal.load().awaitMore(RATE);
                List<MillraceProcess> dying = new ArrayList<>(ordeal.processes());
                MillraceProcess survivor = dying.remove(i % dying.size());
                dying.parallelStream().forEach(MillraceProcess::kill);
                long started = System.nanoTime();
                dying.forEach(MillraceProcess::launch);
                dying.forEach(MillraceProcess::awaitReady);
                double ready = (System.nanoTime() - started) / 1e9;
                ordeal.awaitRouted(RECOVERY);
                System.out.printf(
                        Locale.ROOT,
                        "together: %d of %d, all but %s, ready after %.1f s, the bus right again after %.1f s%n",
                        i + 1,
                        DEATHS,
                        survivor.name(),
                        ready,
                        (System.nanoTime() - started) / 1e9);
            }
            System.out.println("together: " + ordeal.verdict());
        }
    }
}
