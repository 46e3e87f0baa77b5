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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
    private final Map<TopicPartition, Held> held = new HashMap<>();
    /** The records whose wait is over, by their offsets. */
    private final Map<TopicPartition, Long> waited = new HashMap<>();

    /** The next record of a partition, and when its wait is over, by {@link System#nanoTime}. */
    private record Held(long offset, long untilNanos) {}

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
        if (held.isEmpty()) {
            return Future.succeededFuture();
        }
        return consumer.assignment().compose(mine -> {
            // A partition that another node has now must not be resumed.
            held.keySet().retainAll(mine);
            Map<TopicPartition, Long> due = new HashMap<>();
            held.forEach((partition, record) -> {
                if (record.untilNanos - System.nanoTime() <= 0) {
                    due.put(partition, record.offset);
                }
            });
            held.keySet().removeAll(due.keySet());
            waited.putAll(due);
            return due.isEmpty() ? Future.succeededFuture() : consumer.resume(due.keySet());
        });
    }

    /** The longest time of a poll: until the next record is due. */
    Duration atMost(Duration longest) {
        long now = System.nanoTime();
        long next = held.values().stream()
                .mapToLong(record -> TimeUnit.NANOSECONDS.toMillis(record.untilNanos - now))
                .min()
                .orElse(longest.toMillis());
        return Duration.ofMillis(Math.max(1, Math.min(longest.toMillis(), next)));
    }

    /** The polled records up to the first one of each partition that isn't due; from there the partition is paused. */
    Future<List<KafkaConsumerRecord<byte[], byte[]>>> due(KafkaConsumerRecords<byte[], byte[]> polled) {
        List<KafkaConsumerRecord<byte[], byte[]>> due = new ArrayList<>(polled.size());
        List<Future<Void>> paused = new ArrayList<>();
        // A delayed partition with polled records went to another node and came back, no longer paused.
        polled.records().partitions().forEach(back -> held.remove(new TopicPartition(back.topic(), back.partition())));
        for (int i = 0; i < polled.size(); i++) {
            KafkaConsumerRecord<byte[], byte[]> record = polled.recordAt(i);
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            if (held.containsKey(partition)) {
                continue;
            }
            long waitMs = waitMs(record, partition);
            if (waitMs <= 0) {
                due.add(record);
            } else {
                held.put(
                        partition,
                        new Held(record.offset(), System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs)));
                paused.add(consumer.pause(partition).compose(done -> consumer.seek(partition, record.offset())));
            }
        }
        return Future.all(paused).map(done -> due);
    }

    /**
     * Never longer than the delay that its producer meant, whose clock may be ahead of this node's: that of the record's
     * timestamp is the same.
     */
    private long waitMs(KafkaConsumerRecord<byte[], byte[]> record, TopicPartition partition) {
        long dueMs = dueOf.applyAsLong(record);
        Long over = waited.get(partition);
        if (dueMs == 0 || (over != null && over == record.offset())) {
            return 0;
        }
        return Math.min(dueMs - clock.millis(), dueMs - record.timestamp());
    }
}
