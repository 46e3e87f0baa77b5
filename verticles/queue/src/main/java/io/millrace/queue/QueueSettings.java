package io.millrace.queue;

import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import java.time.Duration;

/**
 * @param kafka where Kafka is, and how to get in
 * @param postgres the PostgreSQL with the dead letters
 * @param partitions the number of partitions of topics that this node creates
 * @param replicas the number of replicas of each partition of topics that this node creates
 * @param batch the largest number of events in one commit
 * @param pollInterval how long a batch may take before its partitions go to another node
 * @param backoff the longest wait before a commit is retried
 * @param attempts how many attempts a bad event gets, including the first
 * @param retryDelay the delay before the second attempt, doubled for each further one
 * @param acts the largest number of dead letters of one command
 */
public record QueueSettings(
        KafkaSettings kafka,
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
                KafkaSettings.from(settings),
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
