package io.millrace.queue;

import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import java.time.Duration;

/**
 * @param kafka {@code host:port} of one or more brokers
 * @param postgres where the dead letters are kept
 * @param partitions of the topics, when this node is the one that creates them
 * @param replicas of each partition, likewise
 * @param batch events of one commit
 * @param pollInterval how long one batch may take before its partitions go to another node
 * @param backoff the longest wait before a commit is tried again
 * @param attempts that a bad event has, the first one included
 * @param retryDelay before the second; it doubles with each
 * @param acts dead letters of one act
 */
public record QueueSettings(
        String kafka,
        PostgresSettings postgres,
        int partitions,
        int replicas,
        int batch,
        Duration pollInterval,
        Duration backoff,
        int attempts,
        Duration retryDelay,
        int acts) {
    public static QueueSettings from(Settings settings) {
        return new QueueSettings(
                settings.text("kafka.bootstrap", "127.0.0.1:9092"),
                PostgresSettings.from(settings),
                settings.integer("queue.partitions", 8, 1, 1_000),
                settings.integer("queue.replicas", 1, 1, 9),
                settings.integer("queue.batch.max", 500, 1, 5_000),
                settings.duration(
                        "queue.poll.interval", Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofHours(1)),
                settings.duration(
                        "queue.backoff.max", Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofMinutes(5)),
                settings.integer("queue.attempts.max", 5, 1, 100),
                settings.duration(
                        "queue.retry.delay", Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofSeconds(30)),
                settings.integer("queue.redrive.max", 1_000, 1, 10_000));
    }
}
