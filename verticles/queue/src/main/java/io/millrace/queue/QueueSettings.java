package io.millrace.queue;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param kafka {@code host:port} of one or more brokers
 * @param partitions of the topic, when this node is the one that creates it
 * @param replicas of each partition, likewise
 * @param batch events of one commit
 * @param backoff the longest wait before a commit is tried again
 */
public record QueueSettings(String kafka, int partitions, int replicas, int batch, Duration backoff) {
    public static QueueSettings from(Settings settings) {
        return new QueueSettings(
                settings.text("kafka.bootstrap", "127.0.0.1:9092"),
                settings.integer("queue.partitions", 8, 1, 1_000),
                settings.integer("queue.replicas", 1, 1, 9),
                settings.integer("queue.batch.max", 500, 1, 5_000),
                settings.duration(
                        "queue.backoff.max", Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofMinutes(5)));
    }
}
