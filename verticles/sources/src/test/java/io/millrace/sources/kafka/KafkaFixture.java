package io.millrace.sources.kafka;

import io.millrace.backends.server.EmbeddedKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real Kafka for a test class, to which others write with Kafka's own client. */
@SuppressWarnings("NullAway.Init")
final class KafkaFixture implements BeforeAllCallback, AfterAllCallback {
    private static final int MAX_RECORD = 16 << 20;

    private Path directory;
    EmbeddedKafka kafka;
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-source-kafka");
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        admin = Admin.create(Map.of("bootstrap.servers", kafka.uri()));
        producer = new KafkaProducer<>(
                Map.of(
                        "bootstrap.servers",
                        kafka.uri(),
                        "acks",
                        "all",
                        // In order without sequence numbers, which an idempotent producer loses at a topic just made.
                        "enable.idempotence",
                        false,
                        "max.in.flight.requests.per.connection",
                        1,
                        "max.request.size",
                        MAX_RECORD,
                        "buffer.memory",
                        4L * MAX_RECORD),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        producer.close(Duration.ofSeconds(5));
        admin.close(Duration.ofSeconds(5));
        kafka.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Makes a topic, which takes records of any size. */
    void topic(String name, int partitions) throws Exception {
        NewTopic topic =
                new NewTopic(name, partitions, (short) 1).configs(Map.of("max.message.bytes", "" + MAX_RECORD));
        admin.createTopics(List.of(topic)).all().get();
    }

    void morePartitions(String topic, int partitions) throws Exception {
        admin.createPartitions(Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(partitions)))
                .all()
                .get();
    }

    /** What another group would have to read. */
    long committed(String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().values().stream()
                .mapToLong(offset -> offset == null ? 0 : offset.offset())
                .sum();
    }

    /** None before the first has joined: until then Kafka knows no such group. */
    int members(String group) throws Exception {
        try {
            var described = admin.describeConsumerGroups(List.of(group)).all().get();
            return Objects.requireNonNull(described.get(group)).members().size();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return 0;
            }
            throw e;
        }
    }

    /** Returns when Kafka has it. */
    RecordMetadata send(ProducerRecord<byte[], byte[]> record) throws Exception {
        return producer.send(record).get();
    }

    RecordMetadata send(String topic, int partition, @Nullable String value) throws Exception {
        return send(new ProducerRecord<>(topic, partition, null, value == null ? null : bytes(value)));
    }

    /** Returns when Kafka has all. */
    void sendAll(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records) {
            sent.add(producer.send(record));
        }
        for (Future<RecordMetadata> one : sent) {
            RecordMetadata unused = one.get();
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
