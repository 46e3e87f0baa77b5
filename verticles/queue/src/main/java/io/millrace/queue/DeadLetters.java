package io.millrace.queue;

import io.millrace.contracts.Failure;
import io.millrace.contracts.Topics;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts aside what can't be committed, as it came, with the reason and its origin in headers of the names that Kafka tools
 * know (those of Spring Kafka's DeadLetterPublishingRecoverer). Owned by the queue verticle's event loop.
 */
final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private final KafkaProducer<byte[], byte[]> producer;
    private final QueueMeters meters;

    DeadLetters(KafkaProducer<byte[], byte[]> producer, QueueMeters meters) {
        this.producer = producer;
        this.meters = meters;
    }

    /** Completes when all in-sync replicas have it. */
    Future<Void> add(KafkaConsumerRecord<byte[], byte[]> record, Failure failure, String message) {
        KafkaProducerRecord<byte[], byte[]> dead =
                KafkaProducerRecord.create(Topics.DEAD, record.key(), record.value());
        record.headers().forEach(dead::addHeader);
        dead.addHeader("kafka_dlt-original-topic", record.topic())
                .addHeader("kafka_dlt-original-partition", Buffer.buffer().appendInt(record.partition()))
                .addHeader("kafka_dlt-original-offset", Buffer.buffer().appendLong(record.offset()))
                .addHeader("kafka_dlt-original-timestamp", Buffer.buffer().appendLong(record.timestamp()))
                .addHeader("kafka_dlt-exception-message", message)
                .addHeader("millrace-code", failure.code());
        return producer.send(dead)
                .onSuccess(written -> {
                    meters.dead();
                    LOG.warn(
                            "dead letter from {}-{}@{}: {}",
                            record.topic(),
                            record.partition(),
                            record.offset(),
                            message);
                })
                .mapEmpty();
    }
}
