package io.millrace.queue.kafka;

import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic in order: poll, have the records taken, then poll again, so that whatever gathered meanwhile is the next
 * batch. Offsets are committed after the records are taken, never before; what can't be taken is read again, and nothing
 * overtakes it. Owned by one event loop.
 */
public final class TopicConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(TopicConsumer.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int COMMIT_OFFSETS_MS = 1000;

    private final Vertx vertx;
    private final String topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Backoff backoff;
    private final Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work;
    private final DelayedPartitions heldBack;
    private final Promise<Void> stopped = Promise.promise();
    /** Offsets up to which everything is taken, and that Kafka wasn't told yet. */
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();

    private Future<Void> offsetsCommitted = Future.succeededFuture();
    private boolean stopping;
    private boolean commitDue;

    /**
     * @param work takes records; completes when they are where they can't be lost
     */
    public TopicConsumer(
            Vertx vertx,
            String topic,
            KafkaConsumer<byte[], byte[]> consumer,
            Backoff backoff,
            Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work) {
        this.vertx = vertx;
        this.topic = topic;
        this.consumer = consumer;
        this.backoff = backoff;
        this.work = work;
        this.heldBack = new DelayedPartitions(consumer, Clock.systemUTC());
    }

    public Future<Void> start() {
        vertx.setPeriodic(COMMIT_OFFSETS_MS, timer -> commitDue = true);
        // From then on the other node tells how far they are; partitions only move during a poll, so no batch is under
        // way.
        consumer.partitionsRevokedHandler(done.keySet()::removeAll);
        return consumer.subscribe(topic).onSuccess(subscribed -> poll());
    }

    /** Completes when the records under way are taken, or given up, and the partitions are handed back. */
    public Future<Void> stop() {
        stopping = true;
        return stopped.future().eventually(this::commitOffsets).eventually(consumer::close);
    }

    private void poll() {
        if (stopping) {
            stopped.tryComplete();
            return;
        }
        if (commitDue) {
            // Between polls only: one that waited for a poll to end could commit what that poll gave to another node.
            commitDue = false;
            commitOffsets();
        }
        heldBack.release()
                .compose(released -> consumer.poll(heldBack.atMost(POLL)))
                .compose(records -> take(records).recover(error -> backTo(records, error)))
                .onComplete(done -> {
                    if (done.failed() && !stopping) {
                        LOG.error("could not read topic {}, trying again", topic, done.cause());
                        vertx.setTimer(backoff.delayMs(4), timer -> poll());
                    } else {
                        poll();
                    }
                });
    }

    private Future<Void> take(KafkaConsumerRecords<byte[], byte[]> polled) {
        return heldBack.due(polled)
                .compose(records -> records.isEmpty()
                        ? Future.succeededFuture()
                        : work.apply(records).onSuccess(v -> keep(records)));
    }

    /** What could not be taken is polled again, and nothing after it before it. */
    private Future<Void> backTo(KafkaConsumerRecords<byte[], byte[]> records, Throwable error) {
        Map<TopicPartition, Long> first = new HashMap<>();
        for (int i = 0; i < records.size(); i++) {
            KafkaConsumerRecord<byte[], byte[]> record = records.recordAt(i);
            first.putIfAbsent(new TopicPartition(record.topic(), record.partition()), record.offset());
        }
        List<Future<Void>> back = new ArrayList<>();
        first.forEach((partition, offset) -> back.add(consumer.seek(partition, offset)));
        return Future.join(back).transform(sought -> Future.failedFuture(error));
    }

    /** Remembers how far everything is taken; {@link #commitOffsets} tells Kafka, a little later. */
    private void keep(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            done.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1, ""));
        }
    }

    /**
     * A commit of offsets costs a round trip during which nothing can be polled. It may lag: what is read again after a
     * crash is found to be a repeat.
     */
    private Future<Void> commitOffsets() {
        if (done.isEmpty()) {
            // Perhaps under way: closing the consumer would break it off.
            return offsetsCommitted;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = Map.copyOf(done);
        done.clear();
        offsetsCommitted = consumer.commit(offsets)
                .onFailure(error -> LOG.warn("could not commit offsets: some events will be read again", error))
                .mapEmpty();
        return offsetsCommitted;
    }
}
