package io.millrace.systemtests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.load.BusLoad;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Release;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * From another release to this one and back, under load: of each process in turn, so that both are in one cluster, and the
 * other one also works on a database that this one has migrated. {@code scripts/upgrade} builds the other one.
 */
@Tag("long")
@Order(42)
final class UpgradeTest {
    /** A checkout of the other release, in which its program is built. */
    private static final String OTHER = System.getProperty("millrace.other", "");

    private static final int RATE = 100;
    private static final Duration RECOVERY = Duration.ofSeconds(60);
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    /** Persistence, queue, broadcast, front. */
    private static final List<Integer> TURNS = List.of(2, 1, 3, 0);

    @Test
    void anUpgradeAndItsRollbackLoseNothingAndNoSenderIsRefused() {
        assumeTrue(!OTHER.isEmpty(), "there is no other release: scripts/upgrade COMMIT builds one");
        Release other = Release.of(Path.of(OTHER));
        try (ConsistencyScenario ordeal = new ConsistencyScenario("upgrade", RATE, other);
                BusLoad microservice = new BusLoad(ordeal.busProgram(), ordeal.token())) {
            for (Release next : List.of(Release.here(Repository.CONF), other)) {
                ordeal.pipeline().use(next);
                for (int turn : TURNS) {
                    MillraceProcess old = ordeal.processes().get(turn);
                    ordeal.load().awaitMore(RATE);
                    double seconds = ordeal.release(old, DEADLINE);
                    ordeal.awaitRecovered(RECOVERY);
                    System.out.printf(
                            "upgrade: %s to %s, gone %.1f s after its SIGTERM; %.0f messages of the other release dropped%n",
                            old.name(), next.jar() == null ? "this release" : "the other", seconds, dropped(ordeal));
                }
            }
            microservice.stop();
            String verdict = ordeal.verdict();
            assertEquals(List.of(), ordeal.load().refusals(), "what senders over HTTP were refused");
            assertEquals(List.of(), microservice.refusals(), "what a sender on the bus was refused");
            System.out.println("upgrade: " + verdict);
        }
    }

    /** Reports of nodes and the like, of a version that their reader doesn't know: they come again every few seconds. */
    private static double dropped(ConsistencyScenario ordeal) {
        return ordeal.processes().stream()
                .mapToDouble(process -> new MetricsReader(process).sum("millrace_bus_refused_messages_total"))
                .sum();
    }
}
