package io.millrace.queue.kafka;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.wire.Codecs;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.resilience.Batcher;
import io.millrace.queue.commit.RetryHeaders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.impl.KafkaConsumerRecordImpl;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds events that wait in Kafka, for their journeys. Scans all records that the consumer group hasn't committed, up
 * to the present end. The cost grows with the length of the queue, so all queries that arrive during a scan share the
 * next one, and a scan takes at most {@link #LONGEST}. Reads on a worker thread.
 */
public final class QueueSearch {
    private static final Logger LOG = LoggerFactory.getLogger(QueueSearch.class);
    private static final Duration LONGEST = Duration.ofSeconds(3);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Batcher.Limits LIMITS = new Batcher.Limits(100, 1_000, 1);
    private static final int RECORDS = 5_000;

    private final Vertx vertx;
    private final KafkaSettings kafka;
    private final Batcher<JourneyQuery, Journeys> searches;

    public QueueSearch(Vertx vertx, KafkaSettings kafka, MeterRegistry metrics) {
        this.vertx = vertx;
        this.kafka = kafka;
        this.searches = new Batcher<>("queue-searches", LIMITS, metrics, this::search);
    }

    /** Fails as {@link Failure#OVERLOADED} if the queue is too long to be searched. */
    public Future<Journeys> find(JourneyQuery query) {
        return searches.add(query);
    }

    private Future<List<Journeys>> search(List<JourneyQuery> queries) {
        Set<String> ids = queries.stream().map(JourneyQuery::id).collect(Collectors.toSet());
        return vertx.executeBlocking(() -> search(ids), false)
                .recover(error -> {
                    LOG.debug("the queue can't be searched", error);
                    return Future.failedFuture(
                            error instanceof MillraceException
                                    ? error
                                    : new MillraceException(Failure.UNAVAILABLE, "Kafka doesn't answer"));
                })
                .map(found -> queries.stream()
                        .map(query -> new Journeys(found.stream()
                                .filter(journey -> fits(journey, query))
                                .toList()))
                        .toList());
    }

    private static boolean fits(Journey journey, JourneyQuery query) {
        return journey.event().id().equals(query.id())
                && (query.source() == null || journey.event().source().equals(query.source()));
    }

    /** The last record of each event, which may move to another topic meanwhile. */
    private List<Journey> search(Set<String> ids) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        Map<List<String>, Journey> found = new HashMap<>();
        read(Topics.EVENTS, KafkaClientConfig.EVENTS_GROUP, deadline, record -> note(record, ids, found));
        read(Topics.RETRY, KafkaClientConfig.RETRY_GROUP, deadline, record -> note(record, ids, found));
        read(Topics.DEAD, KafkaClientConfig.DEAD_GROUP, deadline, record -> note(record, ids, found));
        return List.copyOf(found.values());
    }

    private static void note(ConsumerRecord<byte[], byte[]> record, Set<String> ids, Map<List<String>, Journey> found) {
        try {
            Event event = Codecs.EVENT.decode(record.value());
            if (ids.contains(event.id())) {
                found.put(
                        List.of(event.source(), event.id()),
                        new Journey(event.envelope(), null, null, 0, null, 0, List.of(stop(record))));
            }
        } catch (RuntimeException noEvent) {
            LOG.trace("not an event that this release can read", noEvent);
        }
    }

    private static Stop stop(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(Topics.EVENTS)) {
            return new Stop(Happened.QUEUED, record.timestamp() * 1000, 0, null, null, null);
        }
        RetryHeaders trail = RetryHeaders.of(new KafkaConsumerRecordImpl<>(record));
        return new Stop(
                record.topic().equals(Topics.DEAD) ? Happened.DEAD : Happened.PARKED,
                trail.lastFailureMs() * 1000,
                trail.attempts(),
                trail.code(),
                trail.message(),
                null);
    }

    /** A consumer with the group's committed offsets that isn't a member of the group. */
    private void read(String topic, String group, long deadline, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        Map<String, Object> settings = new HashMap<>(KafkaClientConfig.consumer(kafka, group, RECORDS, LONGEST));
        settings.put("default.api.timeout.ms", String.valueOf(LONGEST.toMillis()));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
                if (System.nanoTime() > deadline) {
                    throw new MillraceException(Failure.OVERLOADED, "too many events wait to look for one among them");
                }
                consumer.poll(POLL).forEach(each);
            }
        }
    }
}
