package io.millrace.launcher.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.hazelcast.multimap.MultiMap;
import io.millrace.launcher.NodeSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Two nodes, and everything that a broken network may leave behind. */
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("SelfHealingClusterManagerTest")
@ResourceLock(value = Resources.SYSTEM_OUT, mode = ResourceAccessMode.READ)
class SelfHealingClusterManagerTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    private static Vertx one;
    private static Vertx other;

    @BeforeAll
    static void join() throws IOException {
        int port = port();
        one = node(port, port);
        other = node(port(), port);
    }

    @AfterAll
    static void leave() {
        other.close().await();
        one.close().await();
    }

    @Test
    void aLostRegistrationIsRestored() {
        other.eventBus()
                .consumer("forgotten", message -> message.reply("here"))
                .completion()
                .await();
        await().atMost(SOON).until(() -> answered("forgotten"));

        registrations().remove("forgotten");

        await().atMost(SOON).until(() -> !registrations().get("forgotten").isEmpty());
        await().atMost(SOON).until(() -> answered("forgotten"));
    }

    @Test
    void aStaleRegistrationIsRemoved() {
        registrations().put("over", registration("a-node-that-died"));
        registrations().put("over", registration(manager(one).getNodeId()));

        await().atMost(SOON).until(() -> registrations().get("over").isEmpty());
    }

    @Test
    void whatANodeRemembersWronglyIsPutRight() {
        AtomicInteger heard = new AtomicInteger();
        other.eventBus()
                .consumer("misremembered", message -> heard.incrementAndGet())
                .completion()
                .await();
        await().atMost(SOON).until(() -> {
            one.eventBus().publish("misremembered", "?");
            return heard.get() > 0;
        });

        manager(one)
                .tell(
                        "misremembered",
                        List.of(registration(manager(one).getNodeId()).unwrap()));
        heard.set(0);

        await().atMost(SOON).until(() -> {
            one.eventBus().publish("misremembered", "?");
            return heard.get() > 0;
        });
    }

    @Test
    void aNodeThatTheClusterForgotIsFoundAgain() {
        var nodes = manager(one).getHazelcastInstance().getMap("__vertx.nodeInfo");
        nodes.remove(manager(other).getNodeId());

        await().atMost(SOON).until(() -> nodes.containsKey(manager(other).getNodeId()));
    }

    @Test
    void aKnownNodeIsFoundWithoutTheCluster() {
        String known = manager(other).getNodeId();
        NodeInfo before = place(known).await();
        manager(one).getHazelcastInstance().getMap("__vertx.nodeInfo").remove(known);

        assertSame(before, place(known).await());
    }

    private static Future<NodeInfo> place(String node) {
        Promise<NodeInfo> place = Promise.promise();
        manager(one).getNodeInfo(node, place);
        return place.future();
    }

    private static boolean answered(String address) {
        Future<?> answer = one.eventBus().request(address, "?");
        await().atMost(SOON).until(answer::isComplete);
        return answer.succeeded();
    }

    private static HazelcastRegistrationInfo registration(String node) {
        return new HazelcastRegistrationInfo(new RegistrationInfo(node, 1_000_000, false));
    }

    private static MultiMap<String, HazelcastRegistrationInfo> registrations() {
        return manager(one).getHazelcastInstance().getMultiMap("__vertx.subs");
    }

    private static SelfHealingClusterManager manager(Vertx node) {
        return (SelfHealingClusterManager) ((VertxInternal) node).clusterManager();
    }

    private static Vertx node(int port, int known) throws IOException {
        return Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        Path.of("../../conf/cluster.xml"),
                        "watchful-" + known,
                        new NodeSettings.ClusterSettings(
                                "watchful", "127.0.0.1", port, 0, List.of("127.0.0.1:" + known), null, null, false))
                .await();
    }

    private static int port() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
