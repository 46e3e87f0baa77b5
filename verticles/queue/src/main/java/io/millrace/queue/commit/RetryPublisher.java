package io.millrace.queue.commit;

import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.failure.Failure;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.Future;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes records that can't be committed, unchanged and with their history in the headers: to the retry topic while
 * they have attempts left, then to the dead letters. Owned by the queue verticle's event loop.
 */
public final class RetryPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(RetryPublisher.class);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Attempts attempts;
    private final Clock clock;
    private final QueueMetrics meters;

    /**
     * The number of attempts and the delay between them.
     *
     * @param max the number of attempts, including the first
     * @param delay the delay before the second attempt, doubled for each further one
     */
    public record Attempts(int max, Duration delay, RandomGenerator random) {
        private static final Duration LONGEST = Duration.ofSeconds(30);

        /**
         * The delay with jitter, from half of it to all of it, so that events that failed together are spread over
         * time.
         *
         * @param made the number of attempts made, at least 1
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

    /**
     * Completes when all in-sync replicas have the record.
     *
     * @param trace of its event; null if it has none, or if it can't be read
     */
    Future<Void> put(
            KafkaConsumerRecord<byte[], byte[]> record, @Nullable TraceParent trace, Failure failure, String why) {
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
                        TraceLog.of(
                                trace,
                                () -> LOG.warn(
                                        "dead letter from {}-{}@{} after {} attempts: {}",
                                        trail.topic(),
                                        trail.partition(),
                                        trail.offset(),
                                        trail.attempts(),
                                        trail.message()));
                    } else {
                        meters.retried();
                    }
                })
                .mapEmpty();
    }
}
