package io.millrace.sinks.kafka;

import io.millrace.backends.server.EmbeddedKafka;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A real Kafka, what is made in it, and what others read in it. */
final class Topics implements AutoCloseable {
    private final Path directory = Files.createTempDirectory("millrace-sink-kafka");
    final EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
    private final Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.uri()));
    private final KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.uri()), new ByteArrayDeserializer(), new ByteArrayDeserializer());

    Topics() throws Exception {}

    void make(String topic, int partitions, int maxBytes) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1)
                        .configs(Map.of("max.message.bytes", Integer.toString(maxBytes)))))
                .all()
                .get();
    }

    void make(String topic) throws Exception {
        make(topic, 1, 1 << 20);
    }

    void allow(String topic, int maxBytes) throws Exception {
        ConfigEntry entry = new ConfigEntry("max.message.bytes", Integer.toString(maxBytes));
        admin.incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }

    /** All that a partition has. */
    List<ConsumerRecord<byte[], byte[]>> records(String topic, int partition) {
        TopicPartition place = new TopicPartition(topic, partition);
        consumer.assign(List.of(place));
        consumer.seekToBeginning(List.of(place));
        long end = consumer.endOffsets(List.of(place)).getOrDefault(place, 0L);
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        while (consumer.position(place) < end) {
            consumer.poll(Duration.ofMillis(100)).records(place).forEach(all::add);
        }
        return all;
    }

    /** The numbers of the events of which a topic has records, in their order. */
    List<Integer> numbers(String topic) {
        return records(topic, 0).stream()
                .map(record -> new JsonObject(text(record.value()))
                        .getJsonObject("data")
                        .getJsonObject("data")
                        .getInteger("n"))
                .toList();
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return text(record.headers().lastHeader(name).value());
    }

    @Override
    public void close() throws Exception {
        consumer.close();
        admin.close(Duration.ofSeconds(1));
        kafka.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
