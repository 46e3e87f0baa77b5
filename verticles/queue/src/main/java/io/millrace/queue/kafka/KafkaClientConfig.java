package io.millrace.queue.kafka;

import io.millrace.contracts.bus.Topics;
import io.millrace.kafka.KafkaSettings;
import io.millrace.kafka.TopicConsumer;
import java.time.Duration;
import java.util.Map;

/** The configurations of the stage's Kafka clients. The producer of ordinary events is the router's {@code KafkaPublisher}. */
public final class KafkaClientConfig {
    public static final String EVENTS_GROUP = "millrace-queue";
    public static final String RETRY_GROUP = "millrace-queue-retry";
    public static final String DEAD_GROUP = "millrace-queue-dead";

    /** Dead letters of one statement: fewer than events, since no request waits and each may be large. */
    public static final int DEAD_BATCH = 50;

    /** The producer's timeout in milliseconds when no request waits: Kafka's default. */
    public static final int PATIENT = 120_000;

    /** The producer's timeout when a request waits: well below the bus timeout. */
    public static final int PROMPT = 5_000;

    private static final String BYTES = "org.apache.kafka.common.serialization.ByteArray";

    private KafkaClientConfig() {}

    /**
     * @param pollInterval the time between two polls after which the group assigns the partitions to another consumer
     */
    public static Map<String, String> consumer(KafkaSettings kafka, String group, int batch, Duration pollInterval) {
        return kafka.with(TopicConsumer.config(group, batch, pollInterval));
    }

    public static Map<String, String> producer(KafkaSettings kafka, int giveUpMs) {
        return kafka.with(Map.of(
                "key.serializer",
                BYTES + "Serializer",
                "value.serializer",
                BYTES + "Serializer",
                "acks",
                "all",
                "max.request.size",
                String.valueOf(TopicInitializer.maxBytes(Topics.DEAD)),
                "max.block.ms",
                String.valueOf(Math.min(60_000, giveUpMs / 2)),
                "request.timeout.ms",
                String.valueOf(Math.min(30_000, giveUpMs / 2)),
                "delivery.timeout.ms",
                String.valueOf(giveUpMs)));
    }
}
