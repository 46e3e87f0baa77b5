package io.millrace.queue.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions that go to another node and come back while a batch is under way, by Kafka's own stand-in for a consumer. */
@Timeout(30)
class TopicConsumerTest {
    private static final String TOPIC = "millrace.events";
    private static final TopicPartition STAYS = new TopicPartition(TOPIC, 0);
    private static final TopicPartition MOVES = new TopicPartition(TOPIC, 1);

    private final Vertx vertx = Vertx.vertx();
    private volatile boolean moved;
    /** What was committed of the partition once it had gone, of what was taken before. */
    private final List<OffsetAndMetadata> stale = new CopyOnWriteArrayList<>();

    private final MockConsumer<byte[], byte[]> kafka = new MockConsumer<>("earliest") {
        @Override
        public synchronized void commitAsync(
                Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
            OffsetAndMetadata ofMoved = offsets.get(MOVES);
            if (moved && ofMoved != null && ofMoved.offset() == 1) {
                stale.add(ofMoved);
            }
            super.commitAsync(offsets, callback);
        }
    };

    private final List<Promise<Void>> batches = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        TopicConsumer reader = new TopicConsumer(
                vertx,
                TOPIC,
                KafkaConsumer.create(vertx, kafka),
                new Backoff(Duration.ofMillis(1), Duration.ofMillis(10), new Random(1)),
                records -> {
                    Promise<Void> taken = Promise.promise();
                    batches.add(taken);
                    return taken.future();
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
        return new ConsumerRecord<>(partition.topic(), partition.partition(), offset, new byte[0], new byte[0]);
    }
}
