package io.millrace.systemtests.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.contracts.bus.Topics;
import io.millrace.systemtests.environment.ClusteredServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Three brokers under load: their leaders move, one of them dies, two die, each as often as {@code millrace.deaths} says. */
@Tag("long")
@Order(45)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class KafkaClusterTest {
    private static final int RATE = 100;
    private static final int DEATHS = Integer.getInteger("millrace.deaths", 1);
    private static final Duration RECOVERY = Duration.ofSeconds(60);

    private static ClusteredServers servers;
    private static ConsistencyScenario ordeal;

    @BeforeAll
    static void start() {
        servers = ClusteredServers.withBrokers("brokers", 3);
        ordeal = new ConsistencyScenario(
                servers,
                Repository.CONF,
                RATE,
                Pipeline.Layout.FOUR_PROCESSES,
                Map.of("queue.replicas", "3", "queue.partitions", "6"));
        ordeal.load().awaitMore(RATE);
    }

    @AfterAll
    static void nothingIsLostDoubledOrOutOfOrder() {
        try {
            System.out.println("brokers: " + ordeal.verdict());
        } finally {
            ordeal.close();
        }
    }

    @Test
    @Order(1)
    void theTopicsAreMadeSoThatABrokerMayDieAndNothingIsWarnedOf() throws Exception {
        try (Admin admin = admin()) {
            for (String topic : List.of(Topics.EVENTS, Topics.RETRY, Topics.DEAD)) {
                assertTrue(partitions(admin, topic).stream()
                        .allMatch(partition -> partition.replicas().size() == 3));
                ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
                assertEquals(
                        "2",
                        admin.describeConfigs(List.of(resource))
                                .all()
                                .get()
                                .get(resource)
                                .get("min.insync.replicas")
                                .value());
            }
        }
        assertEquals(List.of(), warnings());
    }

    @Test
    @Order(2)
    void leadersMoveAndNobodyNotices() throws Exception {
        int refused = ordeal.load().refusals().size();
        for (int shift = 1; shift <= 3; shift++) {
            moveLeaders(shift);
            ordeal.awaitFlowing(RECOVERY);
        }
        assertEquals(
                List.of(),
                ordeal.load()
                        .refusals()
                        .subList(refused, ordeal.load().refusals().size()));
    }

    @Test
    @Order(3)
    void oneBrokerDiesAndTheOthersGoOn() throws IOException {
        for (int i = 0; i < DEATHS; i++) {
            EmbeddedKafka broker = servers.brokers().get(i % 3);
            int refused = ordeal.load().refusals().size();
            long killed = System.nanoTime();
            broker.kill();
            ordeal.awaitFlowing(RECOVERY);
            await().atMost(RECOVERY).until(() -> queuedAgain());
            System.out.printf(
                    "brokers: %d killed, queued again after %.1f s, %d refused%n",
                    broker.node(),
                    (System.nanoTime() - killed) / 1e9,
                    ordeal.load().refusals().size() - refused);
            broker.restart();
            awaitInSync();
        }
    }

    @Test
    @Order(4)
    void twoBrokersDieAndOrdinaryEventsTakeTheFallbackUntilTheyAreBack() throws IOException {
        for (int i = 0; i < DEATHS; i++) {
            List<EmbeddedKafka> dying = new ArrayList<>(servers.brokers());
            EmbeddedKafka left = dying.remove(i % 3);
            int refused = ordeal.load().refusals().size();
            dying.forEach(EmbeddedKafka::kill);
            ordeal.awaitFlowing(RECOVERY);
            ordeal.load().awaitMore(5 * RATE);
            System.out.printf(
                    "brokers: %d left, %d refused%n",
                    left.node(), ordeal.load().refusals().size() - refused);
            for (EmbeddedKafka broker : dying) {
                broker.restart();
            }
            await().atMost(RECOVERY).until(() -> queuedAgain());
            awaitInSync();
        }
    }

    /** Whether ordinary events go to Kafka again. */
    private static boolean queuedAgain() {
        return ordeal.pipeline().processes().stream()
                .filter(process -> process.runs("router"))
                .mapToDouble(
                        process -> new MetricsReader(process).sum("millrace_router_breaker_state{backend=\"kafka\""))
                .allMatch(state -> state == 0);
    }

    private static List<String> warnings() {
        JsonObject cluster =
                ordeal.pipeline().api("boss", "admin").get("/api/cluster").json();
        return cluster.getJsonArray("nodes").stream()
                .map(JsonObject.class::cast)
                .map(node -> node.getJsonArray("problems"))
                .flatMap(JsonArray::stream)
                .map(JsonObject.class::cast)
                .filter(problem -> problem.getString("part").equals("kafka-settings"))
                .map(problem -> problem.getString("message"))
                .toList();
    }

    /** Makes another replica the preferred leader of every partition, and the leader. */
    private static void moveLeaders(int shift) throws Exception {
        try (Admin admin = admin()) {
            Map<TopicPartition, Optional<NewPartitionReassignment>> moved = new HashMap<>();
            for (TopicPartitionInfo partition : partitions(admin, Topics.EVENTS)) {
                List<Integer> replicas = new ArrayList<>(
                        partition.replicas().stream().map(Node::id).sorted().toList());
                java.util.Collections.rotate(replicas, shift);
                moved.put(
                        new TopicPartition(Topics.EVENTS, partition.partition()),
                        Optional.of(new NewPartitionReassignment(replicas)));
            }
            admin.alterPartitionReassignments(moved).all().get();
            await().until(() ->
                    admin.listPartitionReassignments().reassignments().get().isEmpty());
            var unused = admin.electLeaders(org.apache.kafka.common.ElectionType.PREFERRED, moved.keySet())
                    .partitions()
                    .get();
            await().until(() -> {
                Set<Integer> leaders = partitions(admin, Topics.EVENTS).stream()
                        .map(partition -> partition.leader().id())
                        .collect(Collectors.toSet());
                return leaders.size() == 1;
            });
        }
    }

    /** Else the next death would be of a broker that others still wait for. */
    private static void awaitInSync() {
        try (Admin admin = admin()) {
            await().atMost(RECOVERY).ignoreExceptions().until(() -> partitions(admin, Topics.EVENTS).stream()
                    .allMatch(partition -> partition.isr().size() == 3));
        }
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic)
            throws ExecutionException, InterruptedException {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions();
    }

    private static Admin admin() {
        return Admin.create(Map.of("bootstrap.servers", servers.kafkaBootstrap()));
    }
}
