package io.millrace.queue;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.Failure;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Topics;
import io.millrace.contracts.wire.Codecs;
import io.millrace.platform.Backoff;
import io.millrace.platform.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events out of Kafka, in order, into the commit: poll, commit to PostgreSQL, then poll again, so that whatever
 * gathered meanwhile is the next batch. Offsets are committed after PostgreSQL has the events, never before. When the
 * world is down it waits and tries the same batch again; when an event is bad, that one goes to the dead letters and its
 * neighbours go on. Owned by one event loop.
 */
final class QueueConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(QueueConsumer.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int COMMIT_OFFSETS_MS = 250;

    private final Vertx vertx;
    private final Bus bus;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final DeadLetters deadLetters;
    private final Backoff backoff;
    private final int batch;
    private final QueueMeters meters;
    private final Promise<Void> stopped = Promise.promise();
    /** Offsets up to which everything is in PostgreSQL, and that Kafka wasn't told yet. */
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();

    private Future<Void> offsetsCommitted = Future.succeededFuture();
    private boolean stopping;

    QueueConsumer(
            Vertx vertx,
            Bus bus,
            QueueMeters meters,
            KafkaConsumer<byte[], byte[]> consumer,
            DeadLetters deadLetters,
            Backoff backoff,
            int batch) {
        this.vertx = vertx;
        this.bus = bus;
        this.consumer = consumer;
        this.deadLetters = deadLetters;
        this.backoff = backoff;
        this.batch = batch;
        this.meters = meters;
    }

    Future<Void> start() {
        vertx.setPeriodic(COMMIT_OFFSETS_MS, timer -> commitOffsets());
        return consumer.subscribe(Topics.EVENTS).onSuccess(subscribed -> poll());
    }

    /** Completes when the batch under way is committed and the partitions are handed back. */
    Future<Void> stop() {
        stopping = true;
        return stopped.future().eventually(this::commitOffsets).eventually(consumer::close);
    }

    private void poll() {
        if (stopping) {
            stopped.tryComplete();
            return;
        }
        consumer.poll(POLL)
                .compose(records -> take(records).recover(error -> backTo(records, error)))
                .onComplete(done -> {
                    if (done.failed() && !stopping) {
                        LOG.error("the queue can't be read; trying again", done.cause());
                        vertx.setTimer(backoff.delayMs(4), timer -> poll());
                    } else {
                        poll();
                    }
                });
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

    private Future<Void> take(KafkaConsumerRecords<byte[], byte[]> records) {
        if (records.isEmpty()) {
            return Future.succeededFuture();
        }
        Future<Void> chain = Future.succeededFuture();
        for (int from = 0; from < records.size(); from += batch) {
            List<KafkaConsumerRecord<byte[], byte[]>> part = new ArrayList<>();
            for (int i = from; i < Math.min(records.size(), from + batch); i++) {
                part.add(records.recordAt(i));
            }
            chain = chain.compose(before -> commit(part));
        }
        return chain;
    }

    private Future<Void> commit(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        List<KafkaConsumerRecord<byte[], byte[]>> readable = new ArrayList<>(records.size());
        List<Event> events = new ArrayList<>(records.size());
        List<Future<Void>> aside = new ArrayList<>();
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            try {
                events.add(Codecs.EVENT.decode(record.value()));
                readable.add(record);
            } catch (RuntimeException unreadable) {
                aside.add(deadLetters.add(record, Failure.BAD_MESSAGE, String.valueOf(unreadable.getMessage())));
            }
        }
        meters.begin(events);
        return Future.all(aside)
                .compose(written -> events.isEmpty() ? Future.succeededFuture() : commit(readable, events, 0))
                .onSuccess(done -> keep(records))
                .onComplete(done -> meters.end());
    }

    /** Tries until PostgreSQL has every event that it can have. */
    private Future<Void> commit(List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events, int attempt) {
        return bus.request(
                        Addresses.COMMIT,
                        new EventBatch(events, Passage.queued(attempt + 1, System.currentTimeMillis() * 1000)))
                .map(Outcomes::outcomes)
                .compose(outcomes -> worldIsDown(outcomes)
                        ? again(records, events, attempt, "PostgreSQL doesn't take them")
                        : settle(records, events, outcomes))
                .recover(error -> again(records, events, attempt, String.valueOf(error.getMessage())));
    }

    private Future<Void> again(
            List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events, int attempt, String why) {
        meters.retried();
        if (attempt == 0) {
            LOG.warn("{} queued events wait: {}", events.size(), why);
        }
        if (stopping) {
            // Not committed, so whoever gets the partition next takes them.
            return Future.failedFuture("stopping with uncommitted events, which stay in Kafka");
        }
        Promise<Void> waited = Promise.promise();
        vertx.setTimer(backoff.delayMs(attempt), timer -> waited.complete());
        return waited.future().compose(v -> commit(records, events, attempt + 1));
    }

    private static boolean worldIsDown(List<Outcome> outcomes) {
        return outcomes.stream()
                .anyMatch(o -> o.failure() != null && o.failure().retryable());
    }

    private Future<Void> settle(
            List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events, List<Outcome> outcomes) {
        List<Future<Void>> aside = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = outcomes.get(i);
            meters.settled(events.get(i), outcome);
            if (outcome.failure() != null) {
                aside.add(deadLetters.add(records.get(i), outcome.failure(), String.valueOf(outcome.message())));
            }
        }
        return Future.all(aside).mapEmpty();
    }

    /** Remembers how far PostgreSQL has everything; {@link #commitOffsets} tells Kafka, a little later. */
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
                .onFailure(error -> LOG.warn("offsets were not committed, so some events will come again", error))
                .mapEmpty();
        return offsetsCommitted;
    }
}
