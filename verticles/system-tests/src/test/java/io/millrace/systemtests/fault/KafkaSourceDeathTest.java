package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * kill -9 of processes that read a topic, at random moments, while others write to it: as often as
 * {@code millrace.source.deaths} says.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("KafkaSourceDeathTest")
@Order(41)
final class KafkaSourceDeathTest {
    private static final int DEATHS = Integer.getInteger("millrace.source.deaths", 2);
    private static final int PARTITIONS = 6;
    private static final int RATE = 300;
    private static final String TOPIC = "erp.stocks";
    private static final Duration RECOVERY = Duration.ofSeconds(60);

    private static final String SOURCE =
            """
            source: erp
            as: { user: erp, roles: [manager] }
            kafka: { topics: [erp.stocks] }
            events:
              - type: inventory:updated
                id: "{#topic}/{#partition}/{#offset}"
                timestamp: "{#timestamp}"
                data: { productId: "{#key}", difference: { column: difference, as: integer } }
            """;

    @Test
    void whicheverReaderDiesEachRecordIsOneEventInTheOrderOfItsPartition() throws Exception {
        Random random = new Random(DEATHS);
        try (OwnServers servers = new OwnServers("source-deaths")) {
            String kafka = servers.running().kafkaBootstrap();
            createTopic(kafka);
            try (Pipeline pipeline = new Pipeline(
                            Pipeline.Layout.ONE_PROCESS, conf(), Repository.OUTPUTS, servers.running(), new Ports());
                    Writer writer = new Writer(kafka)) {
                List<MillraceProcess> readers = pipeline.add("sources", "sources");
                ApiClient manager = pipeline.api("m-1", "manager");
                String before = manager.head(Shop.INVENTORY);
                CompletableFuture<Integer> written = CompletableFuture.supplyAsync(writer);
                int seen = 0;
                for (int death = 0; death < DEATHS; death++) {
                    int least = seen + RATE + random.nextInt(2 * RATE);
                    await().atMost(RECOVERY)
                            .until(() ->
                                    manager.historyAfter(Shop.INVENTORY, before).size() > least);
                    MillraceProcess reader = readers.get(death % readers.size());
                    reader.kill();
                    reader.launch();
                    reader.awaitReady();
                    seen = manager.historyAfter(Shop.INVENTORY, before).size();
                }
                writer.close();
                int all = written.get();
                await().atMost(RECOVERY)
                        .until(() ->
                                manager.historyAfter(Shop.INVENTORY, before).size() >= all);
                System.out.printf("source deaths: %d, %d records%n", DEATHS, all);
                assertEachOnceInOrder(Shop.eventIds(manager.historyAfter(Shop.INVENTORY, before)), all);
            }
        }
    }

    private static void assertEachOnceInOrder(List<String> ids, int all) {
        Set<String> expected = new HashSet<>();
        for (int i = 0; i < all; i++) {
            expected.add(TOPIC + "/" + i % PARTITIONS + "/" + i / PARTITIONS);
        }
        assertEquals(expected, new HashSet<>(ids));
        assertEquals(all, ids.size());
        Map<String, Integer> last = new HashMap<>();
        List<String> overtaken = new ArrayList<>();
        for (String id : ids) {
            int slash = id.lastIndexOf('/');
            int offset = Integer.parseInt(id.substring(slash + 1));
            Integer earlier = last.put(id.substring(0, slash), offset);
            if (earlier != null && earlier > offset) {
                overtaken.add(id);
            }
        }
        assertEquals(List.of(), overtaken);
    }

    private static Path conf() throws IOException {
        Path conf = Repository.OUTPUTS.resolve("source-deaths-conf");
        Repository.copy(Repository.CONF, conf);
        Files.writeString(conf.resolve("sources").resolve("erp.yaml"), SOURCE);
        return conf;
    }

    private static void createTopic(String kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                    .all()
                    .get();
        }
    }

    /** Writes to the topic, {@link #RATE} records a second, until it is stopped; then it has written so many. */
    private static final class Writer implements Supplier<Integer>, AutoCloseable {
        private final String kafka;
        private volatile boolean stopped;

        Writer(String kafka) {
            this.kafka = kafka;
        }

        @Override
        public Integer get() {
            try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                    Map.of("bootstrap.servers", kafka), new ByteArraySerializer(), new ByteArraySerializer())) {
                int sent = 0;
                while (!stopped) {
                    byte[] key = ("p-" + sent % PARTITIONS).getBytes(StandardCharsets.UTF_8);
                    byte[] value = ("{\"difference\":" + (sent % 7 - 3) + "}").getBytes(StandardCharsets.UTF_8);
                    var unused = producer.send(new ProducerRecord<>(TOPIC, sent % PARTITIONS, key, value));
                    sent++;
                    LockSupport.parkNanos(1_000_000_000L / RATE);
                }
                return sent;
            }
        }

        @Override
        public void close() {
            stopped = true;
        }
    }
}
