package io.millrace.queue.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Topics;
import io.millrace.queue.KafkaFixture;
import io.millrace.queue.QueueTest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the stage asks of its topics before it works. */
@Timeout(60)
class TopicInitializerTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aTopicThatIsTooSmallForTheLargestEventIsReportedAtTheStart() throws Exception {
        TopicInitializer.ensure(vertx, QueueTest.settings(KAFKA.uri()), 1 << 20)
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        KAFKA.maxMessageBytes(Topics.RETRY, 1_048_588);
        try {
            ExecutionException refused = assertThrows(ExecutionException.class, () -> TopicInitializer.ensure(
                            vertx, QueueTest.settings(KAFKA.uri()), 1 << 20)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.contains("topic millrace.retry takes records of at most 1048588 bytes"), message);
            assertTrue(message.contains("raise its max.message.bytes, or lower ingest.event.max"), message);
            assertFalse(message.contains(Topics.EVENTS), message);
        } finally {
            KAFKA.maxMessageBytes(Topics.RETRY, TopicInitializer.maxBytes(Topics.RETRY));
        }
    }

    @Test
    void aTopicThatABrokerDoesNotKnowYetIsAskedForAgainAndNothingElseIs() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        assertEquals(
                "known",
                TopicInitializer.onceKnown(
                                vertx,
                                () -> asked.incrementAndGet() < 4
                                        ? Future.failedFuture(new UnknownTopicOrPartitionException("not yet"))
                                        : Future.succeededFuture("known"))
                        .await(20, TimeUnit.SECONDS));
        assertEquals(4, asked.get());
        asked.set(0);
        assertThrows(InvalidTopicException.class, () -> TopicInitializer.onceKnown(vertx, () -> {
                    asked.incrementAndGet();
                    return Future.failedFuture(new InvalidTopicException("never"));
                })
                .await(20, TimeUnit.SECONDS));
        assertEquals(1, asked.get());
    }
}
