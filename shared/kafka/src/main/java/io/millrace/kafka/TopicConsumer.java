package io.millrace.kafka;

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
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes topics in order: polls, waits until the records are processed, then polls again, so that the records that
 * arrived meanwhile are the next batch. Offsets are committed after processing, never before; failed records are read
 * again, and not overtaken. Owned by one event loop.
 */
public final class TopicConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(TopicConsumer.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int COMMIT_OFFSETS_MS = 1000;
    private static final String BYTES = "org.apache.kafka.common.serialization.ByteArrayDeserializer";

    private final Vertx vertx;
    private final Options options;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work;
    private final DelayedPartitions heldBack;
    private final Promise<Void> stopped = Promise.promise();
    /** Offsets up to which every record is processed, and that aren't committed yet. */
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    /** Those of the commit that is under way; it has none if there is no commit. */
    private final Map<TopicPartition, OffsetAndMetadata> committing = new HashMap<>();

    private Future<Void> offsetsCommitted = Future.succeededFuture();
    private boolean stopping;
    private boolean commitDue;
    private boolean commitFailed;
    private int failures;

    /**
     * How records are read.
     *
     * @param dueOf when a record is due, milliseconds since 1970 UTC; 0 if it always is
     * @param maxBytes the largest number of bytes of records that are processed at once, unless one alone has more
     * @param backoff the wait before failed records are read again; well below the poll interval
     */
    public record Options(
            Set<String> topics,
            ToLongFunction<KafkaConsumerRecord<byte[], byte[]>> dueOf,
            long maxBytes,
            Backoff backoff) {}

    /**
     * @param work processes records; completes when they are stored elsewhere
     */
    public TopicConsumer(
            Vertx vertx,
            Options options,
            KafkaConsumer<byte[], byte[]> consumer,
            Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work) {
        this.vertx = vertx;
        this.options = options;
        this.consumer = consumer;
        this.work = work;
        this.heldBack = new DelayedPartitions(consumer, options.dueOf(), Clock.systemUTC());
    }

    /**
     * The configuration of Kafka's client, but for where Kafka is and how to get in.
     *
     * @param records the largest number of records of a poll
     * @param pollInterval the time between two polls after which the group assigns the partitions to another consumer
     */
    public static Map<String, String> config(String group, int records, Duration pollInterval) {
        return Map.of(
                "group.id",
                group,
                "key.deserializer",
                BYTES,
                "value.deserializer",
                BYTES,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                "false",
                "max.poll.records",
                String.valueOf(records),
                "max.poll.interval.ms",
                String.valueOf(pollInterval.toMillis()),
                "session.timeout.ms",
                "6000",
                "heartbeat.interval.ms",
                "1000",
                "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
    }

    public Future<Void> start() {
        vertx.setPeriodic(COMMIT_OFFSETS_MS, timer -> commitDue = true);
        // From then on the other node commits their offsets; partitions only move during a poll, so no batch is in
        // progress.
        consumer.partitionsRevokedHandler(revoked -> {
            done.keySet().removeAll(revoked);
            committing.keySet().removeAll(revoked);
        });
        return consumer.subscribe(options.topics()).onSuccess(subscribed -> poll());
    }

    /** Completes when the records in progress are processed, or given up, and the partitions are released. */
    public Future<Void> stop() {
        stopping = true;
        // Closing the consumer would abort a commit that is under way.
        return stopped.future()
                .eventually(() -> offsetsCommitted)
                .eventually(this::commitOffsets)
                .eventually(consumer::close);
    }

    private void poll() {
        if (stopping) {
            stopped.tryComplete();
            return;
        }
        if (commitDue && committing.isEmpty()) {
            // Between polls only: a commit after a poll could be for a partition that the poll gave to another node.
            commitDue = false;
            commitOffsets();
        }
        heldBack.release()
                .compose(released -> consumer.poll(heldBack.atMost(POLL)))
                .compose(this::take)
                .onComplete(taken -> {
                    if (taken.failed() && !stopping) {
                        pollLater(taken.cause());
                    } else {
                        if (failures > 0) {
                            LOG.info("records of topics {} are processed again", options.topics());
                        }
                        failures = 0;
                        poll();
                    }
                });
    }

    private void pollLater(Throwable cause) {
        if (failures == 0) {
            LOG.warn("records of topics {} were not processed, and are read again", options.topics(), cause);
        }
        vertx.setTimer(options.backoff().delayMs(failures++), timer -> poll());
    }

    private Future<Void> take(KafkaConsumerRecords<byte[], byte[]> polled) {
        return heldBack.due(polled)
                .recover(error -> seekBack(all(polled), error))
                .compose(due -> take(due, 0));
    }

    private static List<KafkaConsumerRecord<byte[], byte[]>> all(KafkaConsumerRecords<byte[], byte[]> polled) {
        List<KafkaConsumerRecord<byte[], byte[]>> all = new ArrayList<>(polled.size());
        for (int i = 0; i < polled.size(); i++) {
            all.add(polled.recordAt(i));
        }
        return all;
    }

    /** Processes part after part, so that whatever is processed stays so when a later part fails. */
    private Future<Void> take(List<KafkaConsumerRecord<byte[], byte[]>> records, int from) {
        if (from == records.size() || stopping) {
            return Future.succeededFuture();
        }
        List<KafkaConsumerRecord<byte[], byte[]>> part = records.subList(from, endOfPart(records, from));
        return work.apply(part)
                .onSuccess(processed -> keep(part))
                .compose(
                        processed -> take(records, from + part.size()),
                        error -> seekBack(records.subList(from, records.size()), error));
    }

    private int endOfPart(List<KafkaConsumerRecord<byte[], byte[]>> records, int from) {
        long bytes = 0;
        int end = from;
        while (end < records.size()) {
            byte[] value = records.get(end).value();
            bytes += value == null ? 0 : value.length;
            if (end > from && bytes > options.maxBytes()) {
                break;
            }
            end++;
        }
        return end;
    }

    /** Failed records are polled again before any later record. */
    private <T> Future<T> seekBack(List<KafkaConsumerRecord<byte[], byte[]>> records, Throwable error) {
        Map<TopicPartition, Long> first = new HashMap<>();
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
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
     * are duplicates. One that fails, as during a rebalance, is made again with the next.
     */
    private Future<Void> commitOffsets() {
        if (done.isEmpty()) {
            return Future.succeededFuture();
        }
        committing.putAll(done);
        done.clear();
        offsetsCommitted = consumer.commit(Map.copyOf(committing))
                .onComplete(answer -> {
                    if (answer.failed()) {
                        committing.forEach(done::putIfAbsent);
                        if (!commitFailed) {
                            LOG.warn(
                                    "could not commit offsets of topics {}, trying again",
                                    options.topics(),
                                    answer.cause());
                        }
                    }
                    commitFailed = answer.failed();
                    committing.clear();
                })
                .mapEmpty();
        return offsetsCommitted;
    }
}
