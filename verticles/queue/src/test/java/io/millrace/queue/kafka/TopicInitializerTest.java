package io.millrace.queue.kafka;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Topics;
import io.millrace.queue.KafkaFixture;
import io.millrace.queue.QueueTest;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
}
