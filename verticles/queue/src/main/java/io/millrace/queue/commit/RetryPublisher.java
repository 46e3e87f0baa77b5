package io.millrace.queue.commit;

import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.failure.Failure;
import io.vertx.core.Future;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts aside what can't be committed as it is, as it came, with what it has been through in its headers: into the retry
 * topic while it has attempts left, then into the dead letters. Owned by the queue verticle's event loop.
 */
public final class RetryPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(RetryPublisher.class);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Attempts attempts;
    private final Clock clock;
    private final QueueMetrics meters;

    /**
     * How often, and how far apart.
     *
     * @param max in all, the first one included
     * @param delay before the second; it doubles with each
     */
    public record Attempts(int max, Duration delay, RandomGenerator random) {
        private static final Duration LONGEST = Duration.ofSeconds(30);

        /**
         * Between half of the time and all of it: what failed together needn't come back together, and yet each time
         * later.
         *
         * @param made at least 1
         */
        public long delayMs(int made) {
            long ceiling = Math.min(LONGEST.toMillis(), delay.toMillis() << Math.min(made - 1, 20));
            return ceiling / 2 + random.nextLong(ceiling / 2 + 1);
        }
    }

    public RetryPublisher(KafkaProducer<byte[], byte[]> producer, Attempts attempts, Clock clock, QueueMetrics meters) {
        this.producer = producer;
        this.attempts = attempts;
        this.clock = clock;
        this.meters = meters;
    }

    /** Completes when all in-sync replicas have it. */
    Future<Void> put(KafkaConsumerRecord<byte[], byte[]> record, Failure failure, String why) {
        long now = clock.millis();
        RetryHeaders trail = RetryHeaders.of(record).failed(failure, why, now);
        boolean dead = trail.attempts() >= attempts.max();
        KafkaProducerRecord<byte[], byte[]> out =
                KafkaProducerRecord.create(dead ? Topics.DEAD : Topics.RETRY, record.key(), record.value());
        out.addHeaders(RetryHeaders.senders(record));
        out.addHeaders(trail.headers(dead ? 0 : now + attempts.delayMs(trail.attempts())));
        return producer.send(out)
                .onSuccess(written -> {
                    if (dead) {
                        meters.dead();
                        LOG.warn(
                                "dead letter from {}-{}@{} after {} attempts: {}",
                                trail.topic(),
                                trail.partition(),
                                trail.offset(),
                                trail.attempts(),
                                trail.message());
                    } else {
                        meters.retried();
                    }
                })
                .mapEmpty();
    }
}
