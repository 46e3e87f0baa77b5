package io.millrace.systemtests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.load.BusLoad;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MillraceProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A rolling release under load: of each stage's process in turn, whose successor is ready before it gets its SIGTERM. As
 * many as {@code millrace.releases} says; at least of the two that answer senders.
 */
@Tag("long")
@Order(41)
final class ReleaseTest {
    private static final int RATE = 100;
    private static final Duration RECOVERY = Duration.ofSeconds(30);
    /** {@code drain.timeout}: it is gone by then, whatever happens. */
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final int RELEASES = Integer.getInteger("millrace.releases", 2);
    /** Front, persistence, queue, broadcast. */
    private static final List<Integer> TURNS = List.of(0, 2, 1, 3);

    @Test
    void aReleaseOfWhicheverStageLosesNothingAndNoSenderIsRefused() {
        try (ConsistencyScenario ordeal = new ConsistencyScenario("releases", RATE);
                BusLoad microservice = new BusLoad(ordeal.busProgram(), ordeal.token())) {
            for (int i = 0; i < RELEASES; i++) {
                MillraceProcess old = ordeal.processes().get(TURNS.get(i % TURNS.size()));
                ordeal.load().awaitMore(RATE);
                double seconds = ordeal.release(old, DEADLINE);
                ordeal.awaitRecovered(RECOVERY);
                System.out.printf(
                        "releases: %d of %d, %s, gone %.1f s after its SIGTERM%n",
                        i + 1, RELEASES, old.name(), seconds);
            }
            microservice.stop();
            String verdict = ordeal.verdict();
            assertEquals(List.of(), ordeal.load().refusals(), "what senders over HTTP were refused");
            assertEquals(List.of(), microservice.refusals(), "what a sender on the bus was refused");
            System.out.println("releases: " + verdict);
        }
    }
}
