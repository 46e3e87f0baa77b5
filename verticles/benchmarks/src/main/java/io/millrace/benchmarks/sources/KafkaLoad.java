package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Records of a topic: read by a bare consumer of Vert.x's client that does nothing with them, then by Millrace's source, which
 * makes an event of each and has it committed. Arguments: {@code of=} ({@code bare}, {@code millrace}) {@code kafka=} (host:port) {@code management=} {@code out=} {@code
 * quick=}.
 */
public final class KafkaLoad {
    private static final String BARE = "bench-bare";
    private static final String IN = "bench-in";
    private static final int PARTITIONS = 4;
    private static final int ENTITIES = 1_000;

    private final String kafka;
    private final SourceEvents events;
    private final int records;

    private KafkaLoad(Arguments arguments) {
        kafka = arguments.text("kafka");
        events = new SourceEvents(arguments.number("management"), "bench-topic");
        records = arguments.quick() ? 100_000 : 300_000;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        KafkaLoad load = new KafkaLoad(arguments);
        String of = arguments.text("of");
        load.report(arguments, of, of.equals("bare") ? load.bare() : load.millrace());
        System.exit(0);
    }

    private void report(Arguments arguments, String of, double perSecond) throws IOException {
        Load.report(
                arguments,
                new JsonObject()
                        .put("kind", "kafka")
                        .put("of", of)
                        .put("records", records)
                        .put("perSecond", perSecond));
    }

    /** Twice, the first for the just-in-time compilers. */
    private double bare() throws Exception {
        create(BARE);
        produce(BARE, "b", records);
        double rate = 0;
        for (String group : List.of("bench-warm", "bench-bare")) {
            AtomicLong count = new AtomicLong();
            Vertx vertx = Vertx.vertx();
            try {
                KafkaConsumer<String, byte[]> consumer = KafkaConsumer.create(
                        vertx,
                        Map.of(
                                "bootstrap.servers", kafka,
                                "group.id", group,
                                "auto.offset.reset", "earliest",
                                "enable.auto.commit", "true",
                                "key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer",
                                "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer"));
                consumer.handler(record -> count.incrementAndGet());
                consumer.subscribe(BARE).onFailure(Throwable::printStackTrace);
                rate = SourceEvents.rate(count::get, records);
            } finally {
                vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
            }
        }
        return rate;
    }

    /** What waits before the measurement is what the just-in-time compilers see first. */
    private double millrace() throws Exception {
        create(IN);
        long before = events.count();
        produce(IN, "w" + System.nanoTime(), records / 4);
        SourceEvents.await(() -> events.count() - before, records / 4);
        long begun = events.count();
        produce(IN, "m" + System.nanoTime(), records);
        return SourceEvents.rate(() -> events.count() - begun, records);
    }

    private void create(String... topics) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(Arrays.stream(topics)
                            .map(topic -> new NewTopic(topic, PARTITIONS, (short) 1))
                            .toList())
                    .all()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private void produce(String topic, String prefix, int count) throws Exception {
        Properties options = new Properties();
        options.putAll(Map.of("bootstrap.servers", kafka, "linger.ms", "5", "batch.size", "65536"));
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(options, new StringSerializer(), new ByteArraySerializer())) {
            Future<?> sent = null;
            for (int i = 0; i < count; i++) {
                String entity = "order-" + i % ENTITIES;
                byte[] value = ("{\"t\":" + i + ",\"id\":\"" + prefix + "-" + i + "\",\"entity\":\"" + entity
                                + "\",\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":"
                                + "\"ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmt\"}")
                        .getBytes(StandardCharsets.US_ASCII);
                Integer partition = i < PARTITIONS ? i : null;
                sent = producer.send(new ProducerRecord<>(topic, partition, entity, value));
                // The leader of a partition that was just made may not know yet that it is.
                if (partition != null) {
                    sent.get();
                }
            }
            if (sent != null) {
                sent.get();
            }
        }
    }
}
