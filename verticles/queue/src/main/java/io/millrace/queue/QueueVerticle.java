package io.millrace.queue;

import io.millrace.contracts.Topics;
import io.millrace.platform.Backoff;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The durable queue's consumer on this node. All state belongs to one event loop. */
public final class QueueVerticle extends VerticleBase {
    public static final Stage.Kind<QueueSettings> KIND =
            new Stage.Kind<>("queue", QueueSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new QueueVerticle(node, settings);
                }
            });

    private static final String GROUP = "millrace-queue";

    private final Node node;
    private final QueueSettings settings;
    private @Nullable QueueConsumer consumer;
    private @Nullable KafkaProducer<byte[], byte[]> producer;
    private @Nullable QueueDepth depth;

    QueueVerticle(Node node, QueueSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        return TopicSetup.ensure(vertx, settings).compose(there -> {
            KafkaProducer<byte[], byte[]> dead = KafkaProducer.create(vertx, producerConfig());
            producer = dead;
            QueueMeters meters = new QueueMeters(node.metrics());
            depth = new QueueDepth(vertx, node.metrics(), settings.kafka(), GROUP);
            QueueConsumer started = new QueueConsumer(
                    vertx,
                    node.bus(),
                    meters,
                    KafkaConsumer.create(vertx, consumerConfig(settings)),
                    new DeadLetters(dead, meters),
                    new Backoff(Duration.ofMillis(50), settings.backoff(), new SecureRandom()),
                    settings.batch());
            consumer = started;
            return started.start();
        });
    }

    @Override
    public Future<?> stop() {
        Future<Void> handedBack = consumer == null ? Future.succeededFuture() : consumer.stop();
        Future<Void> counted = depth == null ? handedBack : handedBack.eventually(depth::close);
        return producer == null ? counted : counted.eventually(producer::close);
    }

    static Map<String, String> consumerConfig(QueueSettings settings) {
        return Map.of(
                "bootstrap.servers", settings.kafka(),
                "group.id", GROUP,
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
                "value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer",
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false",
                "max.poll.records", String.valueOf(settings.batch()),
                "session.timeout.ms", "6000",
                "heartbeat.interval.ms", "1000",
                "partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
    }

    private Map<String, String> producerConfig() {
        return Map.of(
                "bootstrap.servers", settings.kafka(),
                "key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer",
                "value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer",
                "acks", "all",
                "max.request.size", String.valueOf(Topics.MAX_MESSAGE));
    }
}
