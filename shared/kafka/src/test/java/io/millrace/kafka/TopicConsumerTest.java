package io.millrace.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions that go to another node and come back while a batch is under way, by Kafka's own stand-in for a consumer. */
@Timeout(30)
class TopicConsumerTest {
    private static final String TOPIC = "millrace.events";
    private static final int MAX_BYTES = 100;
    private static final TopicPartition STAYS = new TopicPartition(TOPIC, 0);
    private static final TopicPartition MOVES = new TopicPartition(TOPIC, 1);

    private final Vertx vertx = Vertx.vertx();
    private volatile boolean moved;
    private final AtomicInteger commitsToFail = new AtomicInteger();
    /** What was committed of the partition once it had gone, of what was taken before. */
    private final List<OffsetAndMetadata> stale = new CopyOnWriteArrayList<>();

    private final MockConsumer<byte[], byte[]> kafka = new MockConsumer<>("earliest") {
        @Override
        public synchronized void commitAsync(
                Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
            if (commitsToFail.getAndDecrement() > 0) {
                throw new RebalanceInProgressException();
            }
            OffsetAndMetadata ofMoved = offsets.get(MOVES);
            if (moved && ofMoved != null && ofMoved.offset() == 1) {
                stale.add(ofMoved);
            }
            super.commitAsync(offsets, callback);
        }
    };

    private final List<Promise<Void>> batches = new CopyOnWriteArrayList<>();
    /** The records of each batch, as partition/offset. */
    private final List<List<String>> taken = new CopyOnWriteArrayList<>();

    /** Of records that are not due at once, by their offsets. */
    private final Map<Long, Long> dueMs = new ConcurrentHashMap<>();

    @BeforeEach
    void start() {
        TopicConsumer reader = new TopicConsumer(
                vertx,
                new TopicConsumer.Options(
                        Set.of(TOPIC),
                        record -> dueMs.getOrDefault(record.offset(), 0L),
                        MAX_BYTES,
                        new Backoff(Duration.ofMillis(1), Duration.ofMillis(10), new Random(1))),
                KafkaConsumer.create(vertx, kafka),
                records -> {
                    taken.add(records.stream()
                            .map(record -> record.partition() + "/" + record.offset())
                            .toList());
                    Promise<Void> processed = Promise.promise();
                    batches.add(processed);
                    return processed.future();
                });
        kafka.updateBeginningOffsets(Map.of(STAYS, 0L, MOVES, 0L));
        kafka.schedulePollTask(() -> {
            kafka.rebalance(List.of(STAYS, MOVES));
            kafka.addRecord(record(STAYS, 0));
            kafka.addRecord(record(MOVES, 0));
        });
        vertx.runOnContext(there -> reader.start());
        await().until(() -> batches.size() == 1);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void howFarAPartitionIsThatIsAnothersNowIsNotCommitted() {
        kafka.schedulePollTask(this::moveAway);
        poll();
        assertCommittedOf(STAYS, 1);
        assertEquals(List.of(), stale);
    }

    @Test
    void whatWasTakenBeforeAPartitionWentAndCameBackIsNotCommittedOverWhatTheOtherNodeDid() {
        kafka.schedulePollTask(this::moveAway);
        kafka.schedulePollTask(() -> {
            kafka.rebalance(List.of(STAYS, MOVES));
            kafka.seek(MOVES, 5);
        });
        poll();
        assertCommittedOf(STAYS, 1);
        assertEquals(List.of(), stale);

        kafka.schedulePollTask(() -> kafka.addRecord(record(MOVES, 5)));
        await().until(() -> batches.size() == 2);
        batches.get(1).complete();
        assertCommittedOf(MOVES, 6);
    }

    /** Polls follow each other at once, so that the time to commit mostly comes while one is under way. */
    @Test
    void aCommitThatFallsDueDuringThePollThatMovesAPartitionLeavesThatOut() {
        kafka.schedulePollTask(() -> {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1_500));
            moveAway();
        });
        poll();
        assertCommittedOf(STAYS, 1);
        assertEquals(List.of(), stale);
    }

    @Test
    void aCommitThatFailsIsMadeAgainWithoutANewRecord() {
        commitsToFail.set(2);
        batches.get(0).complete();
        assertCommittedOf(STAYS, 1);
        assertCommittedOf(MOVES, 1);
        assertEquals(-1, commitsToFail.get());
    }

    @Test
    void whatIsProcessedStaysSoWhenALaterPartFailsWhichIsReadAgainBeforeWhatFollows() {
        byte[] half = new byte[MAX_BYTES * 2 / 3];
        kafka.schedulePollTask(() -> {
            for (long offset = 1; offset <= 3; offset++) {
                kafka.addRecord(record(STAYS, offset, half));
            }
        });
        batches.get(0).complete();
        await().until(() -> batches.size() == 2);
        assertEquals(List.of("0/1"), taken.get(1));
        batches.get(1).complete();
        await().until(() -> batches.size() == 3);
        batches.get(2).fail("not now");
        await().until(() -> Long.valueOf(2).equals(committed(STAYS)));
        // MockConsumer forgets what it gave once.
        kafka.schedulePollTask(() -> {
            assertEquals(2, kafka.position(STAYS));
            kafka.addRecord(record(STAYS, 2, half));
        });
        await().until(() -> batches.size() == 4);
        assertEquals(List.of("0/2"), taken.get(2));
        assertEquals(List.of("0/2"), taken.get(3));
    }

    @Test
    void aRecordFromANodeWhoseClockIsAnHourAheadWaitsForItsDelayAlone() {
        long ahead = System.currentTimeMillis() + TimeUnit.HOURS.toMillis(1);
        dueMs.put(1L, ahead + 300);
        ConsumerRecord<byte[], byte[]> late = new ConsumerRecord<>(
                TOPIC,
                STAYS.partition(),
                1,
                ahead,
                TimestampType.CREATE_TIME,
                0,
                0,
                new byte[0],
                new byte[0],
                new RecordHeaders(),
                Optional.empty());
        kafka.schedulePollTask(() -> kafka.addRecord(late));
        batches.get(0).complete();
        await().until(() -> kafka.paused().contains(STAYS));
        await().until(() -> kafka.paused().isEmpty());
        // MockConsumer forgets what it gave once.
        kafka.schedulePollTask(() -> kafka.addRecord(late));
        await().until(() -> batches.size() == 2);
        assertEquals(List.of("0/1"), taken.get(1));
    }

    @Test
    void aRecordLargerThanAPartIsAPartOfItsOwn() {
        kafka.schedulePollTask(() -> {
            kafka.addRecord(record(STAYS, 1, new byte[MAX_BYTES * 3]));
            kafka.addRecord(record(STAYS, 2, new byte[1]));
            kafka.addRecord(record(STAYS, 3, new byte[1]));
        });
        batches.get(0).complete();
        await().until(() -> batches.size() == 2);
        batches.get(1).complete();
        await().until(() -> batches.size() == 3);
        assertEquals(List.of(List.of("0/1"), List.of("0/2", "0/3")), taken.subList(1, 3));
    }

    private void moveAway() {
        moved = true;
        kafka.rebalance(List.of(STAYS));
    }

    /** The batch under way ends after the group has changed. */
    private void poll() {
        // MockConsumer runs what is scheduled when it is polled; a reader polls when its batch is taken.
        vertx.setTimer(1, timer -> batches.get(0).complete());
    }

    private void assertCommittedOf(TopicPartition partition, long offset) {
        await().until(() -> committed(partition) != null);
        assertEquals(offset, committed(partition));
    }

    private @Nullable Long committed(TopicPartition partition) {
        var offset = kafka.committed(Set.of(partition)).get(partition);
        return offset == null ? null : offset.offset();
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
        return record(partition, offset, new byte[0]);
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset, byte[] value) {
        return new ConsumerRecord<>(partition.topic(), partition.partition(), offset, new byte[0], value);
    }
}
