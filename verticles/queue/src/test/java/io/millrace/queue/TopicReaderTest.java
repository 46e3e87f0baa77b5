package io.millrace.queue;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.platform.Backoff;
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
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitions that go to another node and come back while a batch is under way, by Kafka's own stand-in for a consumer. */
@Timeout(30)
class TopicReaderTest {
    private static final String TOPIC = "millrace.events";
    private static final TopicPartition STAYS = new TopicPartition(TOPIC, 0);
    private static final TopicPartition MOVES = new TopicPartition(TOPIC, 1);

    private final Vertx vertx = Vertx.vertx();
    private final MockConsumer<byte[], byte[]> kafka = new MockConsumer<>("earliest");
    private final List<Promise<Void>> batches = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        TopicReader reader = new TopicReader(
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
        kafka.schedulePollTask(() -> kafka.rebalance(List.of(STAYS)));
        poll();
        assertCommittedOf(STAYS, 1);
        assertNull(committed(MOVES));
    }

    @Test
    void whatWasTakenBeforeAPartitionWentAndCameBackIsNotCommittedOverWhatTheOtherNodeDid() {
        kafka.schedulePollTask(() -> kafka.rebalance(List.of(STAYS)));
        kafka.schedulePollTask(() -> {
            kafka.rebalance(List.of(STAYS, MOVES));
            kafka.seek(MOVES, 5);
        });
        poll();
        assertCommittedOf(STAYS, 1);
        assertNull(committed(MOVES));

        kafka.schedulePollTask(() -> kafka.addRecord(record(MOVES, 5)));
        await().until(() -> batches.size() == 2);
        batches.get(1).complete();
        assertCommittedOf(MOVES, 6);
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
