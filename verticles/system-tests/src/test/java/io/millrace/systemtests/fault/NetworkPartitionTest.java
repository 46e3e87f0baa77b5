package io.millrace.systemtests.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.network.NetworkNamespaces;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Nodes that can't reach each other, each on a host of its own, for as many seconds as each number of {@code
 * millrace.cuts} says.
 */
@Tag("long")
@Order(42)
final class NetworkPartitionTest {
    private static final int RATE = 100;
    private static final Duration HEALING = Duration.ofSeconds(60);
    private static final List<Integer> SECONDS = Arrays.stream(
                    System.getProperty("millrace.cuts", "5").split(",", -1))
            .map(Integer::valueOf)
            .toList();
    /** Which processes, by their place in the pipeline: each cut is another pair's. */
    private static final int[][] PAIRS = {{0, 2}, {3, 2}, {1, 2}, {2, 3}, {2, 0}, {0, 3}};

    private enum Cut {
        BOTH_WAYS {
            @Override
            void make(NetworkNamespaces lan, List<NetworkNamespaces.Host> hosts, int[] pair) {
                lan.cut(hosts.get(pair[0]), hosts.get(pair[1]));
            }
        },
        ONE_WAY {
            @Override
            void make(NetworkNamespaces lan, List<NetworkNamespaces.Host> hosts, int[] pair) {
                lan.cutOneWay(hosts.get(pair[0]), hosts.get(pair[1]));
            }
        },
        /** A pair from the other two: whoever takes events in from whoever stores and shows them, as often as not. */
        IN_HALVES {
            @Override
            void make(NetworkNamespaces lan, List<NetworkNamespaces.Host> hosts, int[] pair) {
                List<NetworkNamespaces.Host> half = List.of(hosts.get(pair[0]), hosts.get(pair[1]));
                hosts.stream()
                        .filter(host -> !half.contains(host))
                        .forEach(other -> half.forEach(host -> lan.cut(host, other)));
            }
        };

        abstract void make(NetworkNamespaces lan, List<NetworkNamespaces.Host> hosts, int[] pair);
    }

    @BeforeAll
    static void hostsCanBeMade() {
        assumeTrue(
                NetworkNamespaces.possible(),
                "network namespaces can't be made here, so nodes can't be cut off from each other");
    }

    @Test
    void whicheverNodesAreSeparatedNothingIsLostAndTheClusterHealsByItself() throws InterruptedException {
        try (NetworkNamespaces lan = new NetworkNamespaces();
                ConsistencyScenario ordeal =
                        new ConsistencyScenario("cuts", RATE, Pipeline.Layout.FOUR_PROCESSES, lan, Map.of())) {
            List<Long> pids = pids(ordeal);
            int cuts = 0;
            for (int seconds : SECONDS) {
                for (Cut cut : Cut.values()) {
                    int[] pair = PAIRS[cuts++ % PAIRS.length];
                    ordeal.load().awaitMore(RATE);
                    cut.make(lan, ordeal.pipeline().hosts(), pair);
                    // How long a fault lasts is part of it: there is no fact to wait for.
                    TimeUnit.SECONDS.sleep(seconds);
                    lan.heal();
                    long healed = System.nanoTime();
                    ordeal.awaitRouted(HEALING);
                    System.out.printf(
                            Locale.ROOT,
                            "cuts: %d s, %s, %s and %s: the bus right again after %.1f s%n",
                            seconds,
                            cut,
                            ordeal.processes().get(pair[0]).name(),
                            ordeal.processes().get(pair[1]).name(),
                            (System.nanoTime() - healed) / 1e9);
                }
            }
            System.out.println("cuts: " + ordeal.verdict());
            assertEquals(pids, pids(ordeal), "healed without a restart");
        }
    }

    private static List<Long> pids(ConsistencyScenario ordeal) {
        return ordeal.processes().stream().map(MillraceProcess::pid).toList();
    }
}
