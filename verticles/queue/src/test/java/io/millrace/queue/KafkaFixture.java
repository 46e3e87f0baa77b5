package io.millrace.queue;

import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.wire.Codecs;
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
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real Kafka for a test class, seen with Kafka's own clients. */
@SuppressWarnings("NullAway.Init")
public final class KafkaFixture implements BeforeAllCallback, AfterAllCallback {
    private Path directory;
    private EmbeddedKafka kafka;
    private Admin admin;
    private KafkaProducer<byte[], byte[]> producer;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-kafka");
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        admin = Admin.create(Map.of("bootstrap.servers", kafka.uri()));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.uri(), "acks", "all"),
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

    public String uri() {
        return kafka.uri();
    }

    /** Events of one stream, in one partition; returns when Kafka has them. */
    public void send(String stream, String... ids) throws Exception {
        for (String id : ids) {
            send(Codecs.EVENT.encode(event(stream, id)));
        }
    }

    /** Whatever bytes, behind what was sent before; returns when Kafka has them. */
    public void send(byte[] value) throws Exception {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(Topics.EVENTS, 0, "notes".getBytes(StandardCharsets.UTF_8), value);
        record.headers().add("traceparent", "from afar".getBytes(StandardCharsets.UTF_8));
        producer.send(record).get();
    }

    /** The offset up to which the queue told Kafka that it is done; 0 if it told nothing. */
    long told() throws Exception {
        var offset = admin.listConsumerGroupOffsets("millrace-queue")
                .partitionsToOffsetAndMetadata()
                .get()
                .get(new TopicPartition(Topics.EVENTS, 0));
        return offset == null ? 0 : offset.offset();
    }

    /** As an operator would who made the topic. */
    public void maxMessageBytes(String topic, int bytes) throws Exception {
        AlterConfigOp set = new AlterConfigOp(
                new ConfigEntry("max.message.bytes", Integer.toString(bytes)), AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic), List.of(set)))
                .all()
                .get();
    }

    /** Every dead letter, in the order of each partition. */
    List<ConsumerRecord<byte[], byte[]>> dead() {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.uri()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> all = consumer.partitionsFor(Topics.DEAD).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
            while (all.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                consumer.poll(Duration.ofMillis(100)).forEach(found::add);
            }
            return found;
        }
    }

    static Event event(String stream, String id) {
        return Event.builder(id, "note:written", "tests").stream(stream)
                .publisher("u")
                .acceptedAtMicros(System.currentTimeMillis() * 1000)
                .build();
    }
}
