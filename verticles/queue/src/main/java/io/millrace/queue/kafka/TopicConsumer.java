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
 * Consumes a topic in order: polls, waits until the records are processed, then polls again, so that the records that
 * arrived meanwhile are the next batch. Offsets are committed after processing, never before; failed records are read
 * again, and not overtaken. Owned by one event loop.
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
    /** Offsets up to which every record is processed, and that aren't committed yet. */
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();

    private Future<Void> offsetsCommitted = Future.succeededFuture();
    private boolean stopping;
    private boolean commitDue;

    /**
     * @param work processes records; completes when they are stored elsewhere
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
        // From then on the other node commits their offsets; partitions only move during a poll, so no batch is in
        // progress.
        consumer.partitionsRevokedHandler(done.keySet()::removeAll);
        return consumer.subscribe(topic).onSuccess(subscribed -> poll());
    }

    /** Completes when the records in progress are processed, or given up, and the partitions are released. */
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
            // Between polls only: a commit after a poll could be for a partition that the poll gave to another node.
            commitDue = false;
            commitOffsets();
        }
        heldBack.release()
                .compose(released -> consumer.poll(heldBack.atMost(POLL)))
                .compose(records -> take(records).recover(error -> seekBack(records, error)))
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

    /** Failed records are polled again before any later record. */
    private Future<Void> seekBack(KafkaConsumerRecords<byte[], byte[]> records, Throwable error) {
        Map<TopicPartition, Long> first = new HashMap<>();
        for (int i = 0; i < records.size(); i++) {
            KafkaConsumerRecord<byte[], byte[]> record = records.recordAt(i);
            first.putIfAbsent(new TopicPartition(record.topic(), record.partition()), record.offset());
        }
        List<Future<Void>> back = new ArrayList<>();
        first.forEach((partition, offset) -> back.add(consumer.seek(partition, offset)));
        return Future.join(back).transform(sought -> Future.failedFuture(error));
    }

    /** Notes the offsets of processed records; {@link #commitOffsets} commits them a little later. */
    private void keep(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            done.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1, ""));
        }
    }

    /**
     * A commit of offsets costs a round trip without polling. It may be late: records that are read again after a crash
     * are duplicates.
     */
    private Future<Void> commitOffsets() {
        if (done.isEmpty()) {
            // The commit may be in progress: closing the consumer would abort it.
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
