package io.millrace.kafka;

import io.vertx.core.Future;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * Partitions whose next record isn't due yet. They are paused, so that the others continue, and polling never stops:
 * the group would consider a consumer dead that doesn't poll. Records without a due time are never delayed. Owned by
 * the consumer's event loop.
 */
final class DelayedPartitions {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ToLongFunction<KafkaConsumerRecord<byte[], byte[]>> dueOf;
    private final Clock clock;
    /** When the next record of each partition is due, milliseconds since 1970 UTC. */
    private final Map<TopicPartition, Long> dueMs = new HashMap<>();

    /**
     * @param dueOf when a record is due, milliseconds since 1970 UTC; 0 if it always is
     */
    DelayedPartitions(
            KafkaConsumer<byte[], byte[]> consumer,
            ToLongFunction<KafkaConsumerRecord<byte[], byte[]>> dueOf,
            Clock clock) {
        this.consumer = consumer;
        this.dueOf = dueOf;
        this.clock = clock;
    }

    /** Resumes the partitions whose next record is due. */
    Future<Void> release() {
        if (dueMs.isEmpty()) {
            return Future.succeededFuture();
        }
        return consumer.assignment().compose(mine -> {
            // A partition that another node has now must not be resumed.
            dueMs.keySet().retainAll(mine);
            Set<TopicPartition> due = new HashSet<>();
            dueMs.forEach((partition, time) -> {
                if (time <= clock.millis()) {
                    due.add(partition);
                }
            });
            dueMs.keySet().removeAll(due);
            return due.isEmpty() ? Future.succeededFuture() : consumer.resume(due);
        });
    }

    /** The longest time of a poll: until the next record is due. */
    Duration atMost(Duration longest) {
        long now = clock.millis();
        long next = dueMs.values().stream().mapToLong(time -> time - now).min().orElse(longest.toMillis());
        return Duration.ofMillis(Math.max(1, Math.min(longest.toMillis(), next)));
    }

    /** The polled records up to the first one of each partition that isn't due; from there the partition is paused. */
    Future<List<KafkaConsumerRecord<byte[], byte[]>>> due(KafkaConsumerRecords<byte[], byte[]> polled) {
        long now = clock.millis();
        List<KafkaConsumerRecord<byte[], byte[]>> due = new ArrayList<>(polled.size());
        List<Future<Void>> held = new ArrayList<>();
        // A delayed partition with polled records went to another node and came back, no longer paused.
        polled.records().partitions().forEach(back -> dueMs.remove(new TopicPartition(back.topic(), back.partition())));
        for (int i = 0; i < polled.size(); i++) {
            KafkaConsumerRecord<byte[], byte[]> record = polled.recordAt(i);
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (dueMs.containsKey(partition)) {
                continue;
            }
            long time = dueOf.applyAsLong(record);
            if (time <= now) {
                due.add(record);
            } else {
                dueMs.put(partition, time);
                held.add(consumer.pause(partition).compose(paused -> consumer.seek(partition, record.offset())));
            }
        }
        return Future.all(held).map(paused -> due);
    }
}
