package io.millrace.systemtests.fault;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.systemtests.load.NumberedLoad;
import io.millrace.testkit.network.NetworkNamespaces;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The durable queue while its nodes come, go and hang, and while Kafka is away, for as many seconds as {@code
 * millrace.outage.seconds} says.
 */
@Tag("long")
@Order(44)
final class QueueFaultsTest {
    private static final int RATE = 60;
    private static final int ENOUGH = 50;
    private static final Duration RECOVERY = Duration.ofSeconds(60);
    private static final int POLL_INTERVAL = 5;
    private static final int AWAY = Integer.getInteger("millrace.outage.seconds", 5);

    private static NetworkNamespaces lan;
    private static ConsistencyScenario ordeal;
    private static MillraceProcess one;
    private static MillraceProcess other;
    private NumberedLoad numbered;

    @BeforeAll
    static void twoQueueNodes() {
        lan = NetworkNamespaces.possible() ? new NetworkNamespaces() : null;
        ordeal = new ConsistencyScenario(
                "queue", RATE, Pipeline.Layout.FOUR_PROCESSES, lan, Map.of("queue.poll.interval", POLL_INTERVAL + "s"));
        one = ordeal.pipeline().running("queue").get(0);
    }

    @BeforeEach
    void start() {
        numbered = NumberedLoad.start(ordeal.pipeline().api("shop", "staff"));
        numbered.awaitMore(ENOUGH);
        if (other == null) {
            other = ordeal.pipeline().add("queue").get(0);
            ordeal.awaitFlowing(RECOVERY);
        }
    }

    @AfterEach
    void stop() {
        numbered.close();
    }

    @AfterAll
    static void nothingIsLostDoubledOrOutOfOrder() {
        try {
            System.out.println("queue: " + ordeal.verdict());
        } finally {
            ordeal.close();
            if (lan != null) {
                lan.close();
            }
        }
    }

    @Test
    void queueNodesDieAndAreReleasedInMidBatchAndOthersGoOnWhereTheyWere() {
        for (MillraceProcess node : List.of(one, other)) {
            node.kill();
            ordeal.awaitFlowing(RECOVERY);
            node.launch();
            ordeal.awaitRecovered(RECOVERY);
            node.stop();
            ordeal.awaitFlowing(RECOVERY);
            node.launch();
            ordeal.awaitRecovered(RECOVERY);
        }
        numbered.assertEachOnceInOrder();
    }

    @Test
    void aQueueNodeHangsAndAnotherGoesOnAndNothingOfItsOldWorkDoesHarmWhenItWakes() {
        for (MillraceProcess node : List.of(one, other)) {
            node.signal("STOP");
            try {
                ordeal.awaitFlowing(RECOVERY);
                numbered.awaitMore(ENOUGH);
            } finally {
                node.signal("CONT");
            }
            ordeal.awaitRecovered(RECOVERY);
        }
        numbered.assertEachOnceInOrder();
    }

    /** Kafka hears its heartbeats, and it polls no more: the poll interval alone takes its partitions. */
    @Test
    void aQueueNodeThatCouldNotCommitPastItsPollIntervalDoesNoHarmWhenItCanAgain() throws InterruptedException {
        assumeTrue(lan != null, "network namespaces can't be made here, so a node can't be cut off from another");
        for (MillraceProcess node : List.of(one, other)) {
            lan.cut(
                    hostOf(node),
                    hostOf(ordeal.pipeline().running("persistence").get(0)));
            try {
                TimeUnit.SECONDS.sleep(2 * POLL_INTERVAL);
            } finally {
                lan.heal();
            }
            ordeal.awaitRecovered(RECOVERY);
        }
        numbered.assertEachOnceInOrder();
    }

    @Test
    void kafkaIsAwayForAWhileAndEverythingIsStoredOnce() throws IOException, InterruptedException {
        ordeal.servers().kafka().stop();
        try {
            TimeUnit.SECONDS.sleep(AWAY);
            numbered.awaitMore(ENOUGH);
        } finally {
            ordeal.servers().kafka().restart();
        }
        ordeal.awaitRecovered(RECOVERY);
        // On the fallback events overtake those that wait in Kafka.
        numbered.assertEachOnce();
    }

    private static NetworkNamespaces.Host hostOf(MillraceProcess process) {
        Pipeline pipeline = ordeal.pipeline();
        return pipeline.hosts().get(pipeline.processes().indexOf(process));
    }
}
