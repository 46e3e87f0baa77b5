package io.millrace.queue;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Topics;
import io.millrace.domain.DomainModel;
import io.millrace.kafka.KafkaSettings;
import io.millrace.kafka.TopicConsumer;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.platform.tracing.Tracing;
import io.millrace.postgres.PostgresSettings;
import io.millrace.queue.commit.QueueMetrics;
import io.millrace.queue.commit.QueuedEventCommitter;
import io.millrace.queue.commit.RetryHeaders;
import io.millrace.queue.commit.RetryPublisher;
import io.millrace.queue.kafka.KafkaClientConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The whole stage over a real Kafka, with a commit that does what a test wants. */
@Tag("slow")
@Timeout(60)
public class QueueTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    /** Longer than the queue takes to tell Kafka what it has finished. */
    private static final Duration WHILE = Duration.ofMillis(700);

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(20));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final StubCommit commit = new StubCommit(bus);
    private long before;
    private String deployment = "";

    QueueTest() throws Exception {}

    @BeforeEach
    void begin() throws Exception {
        deployment = start();
        before = KAFKA.told();
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    @Test
    void offsetsAreCommittedOnlyAfterTheCommitHasAnswered() throws Exception {
        Promise<Void> answer = Promise.promise();
        commit.waitsFor(answer.future());
        KAFKA.send("notes", "told-1", "told-2", "told-3");
        await().until(() -> commit.asked() > 0);
        await().during(WHILE).until(() -> KAFKA.told() == before);
        answer.complete();
        await().until(() -> KAFKA.told() == before + 3);
        assertEquals(List.of("told-1", "told-2", "told-3"), commit.committed());
    }

    @Test
    void whileTheDatabaseIsAwayEventsWaitAndThenGoOnInOrder() throws Exception {
        commit.down(true);
        KAFKA.send("notes", "wait-1", "wait-2");
        await().until(() -> commit.asked() > 2);
        KAFKA.send("notes", "wait-3");
        assertEquals(before, KAFKA.told());
        assertTrue(metrics.get("millrace.queue.retries").counter().count() >= 2);
        commit.down(false);
        await().until(() -> KAFKA.told() == before + 3);
        assertEquals(List.of("wait-1", "wait-2", "wait-3"), commit.committed());
    }

    @Test
    void whatADatabaseTookOfABatchIsNotTwiceAndTheRestIsTriedAgain() throws Exception {
        commit.takesOnlyTheFirst(true);
        Promise<Void> gathered = Promise.promise();
        commit.waitsFor(gathered.future());
        KAFKA.send("notes", "part-1", "part-2", "part-3", "part-4");
        await().until(() -> commit.asked() > 0);
        gathered.complete();
        await().until(() -> commit.asked() > 4);
        commit.takesOnlyTheFirst(false);
        await().until(() -> KAFKA.told() == before + 4);
        assertEquals(List.of("part-1", "part-2", "part-3", "part-4"), commit.committed());
        assertEquals(0, lettersAfter(before).size());
    }

    @Test
    void aBadEventIsTriedFiveTimesAndThenPutAsideWithItsReasonWhileItsNeighboursGoOn() throws Exception {
        commit.refuses("bad-2");
        KAFKA.send("notes", "bad-1", "bad-2", "bad-3");
        await().until(() -> KAFKA.told() == before + 3);
        assertEquals(List.of("bad-1", "bad-3"), commit.committed());
        await().until(() -> dead() == 1);
        ConsumerRecord<byte[], byte[]> letter = lettersAfter(before).get(0);
        assertEquals("version_conflict", header(letter, "millrace-code"));
        assertEquals("expected version 3", header(letter, "kafka_dlt-exception-message"));
        assertEquals(Topics.EVENTS, header(letter, "kafka_dlt-original-topic"));
        assertEquals(before + 1, offset(letter));
        assertEquals("5", header(letter, "millrace-attempts"));
        assertEquals("from afar", header(letter, "traceparent"));
        assertEquals("notes", new String(letter.key(), StandardCharsets.UTF_8));
        assertEquals(4, outcomes("retried"));
        assertEquals(5, commit.refused("bad-2"));
    }

    @Test
    void whatFitsAtTheThirdAttemptIsCommittedThen() throws Exception {
        commit.refusesTimes("late-1", 2);
        KAFKA.send("notes", "late-1", "late-2");
        await().until(() -> commit.committed().equals(List.of("late-2", "late-1")));
        assertEquals(2, outcomes("retried"));
        assertEquals(0, lettersAfter(before).size());
    }

    @Test
    void whatHasExpiredIsDroppedAndCounted() throws Exception {
        commit.expires("old-1");
        KAFKA.send("notes", "old-1", "old-2");
        await().until(() -> KAFKA.told() == before + 2);
        assertEquals(List.of("old-2"), commit.committed());
        assertEquals(1, outcomes("expired"));
        assertEquals(1, outcomes("committed"));
        assertEquals(0, outcomes("retried"));
    }

    @Test
    void whatIsNoEventIsPutAsideAsItCame() throws Exception {
        byte[] garbage = "no event".getBytes(StandardCharsets.UTF_8);
        KAFKA.send(garbage);
        KAFKA.send("notes", "after-garbage");
        await().until(() -> KAFKA.told() == before + 2);
        assertEquals(List.of("after-garbage"), commit.committed());
        await().until(() -> dead() == 1);
        ConsumerRecord<byte[], byte[]> letter = lettersAfter(before).get(0);
        assertArrayEquals(garbage, letter.value());
        assertEquals("bad_message", header(letter, "millrace-code"));
    }

    @Test
    void attemptsAreFartherAndFartherApartUpToHalfAMinute() {
        RetryPublisher.Attempts attempts = new RetryPublisher.Attempts(5, Duration.ofSeconds(1), new SecureRandom());
        for (int i = 0; i < 100; i++) {
            assertTrue(attempts.delayMs(1) >= 500 && attempts.delayMs(1) <= 1_000);
            assertTrue(attempts.delayMs(4) >= 4_000 && attempts.delayMs(4) <= 8_000);
            assertTrue(attempts.delayMs(60) >= 15_000 && attempts.delayMs(60) <= 30_000);
        }
    }

    @Test
    void aStopInTheMiddleOfABatchFinishesIt() throws Exception {
        Promise<Void> answer = Promise.promise();
        commit.waitsFor(answer.future());
        KAFKA.send("notes", "stop-1", "stop-2");
        await().until(() -> commit.asked() > 0);
        Future<Void> stopped = vertx.undeploy(deployment);
        await().during(WHILE).until(() -> !stopped.isComplete());
        answer.complete();
        done(stopped);
        // Whatever was polled was committed, and Kafka knows it: the next node begins behind it.
        assertEquals(before + commit.committed().size(), KAFKA.told());
        assertFalse(commit.committed().isEmpty());
        deployment = start();
        await().until(() -> KAFKA.told() == before + 2);
        assertEquals(List.of("stop-1", "stop-2"), commit.committed());
    }

    @Test
    void aStopWhileTheDatabaseIsAwayLeavesTheEventsToTheNextNode() throws Exception {
        commit.down(true);
        KAFKA.send("notes", "left-1", "left-2");
        await().until(() -> commit.asked() > 0);
        done(vertx.undeploy(deployment));
        assertEquals(before, KAFKA.told());
        commit.down(false);
        deployment = start();
        await().until(() -> KAFKA.told() == before + 2);
        assertEquals(List.of("left-1", "left-2"), commit.committed());
    }

    @Test
    void whatCantBePutAsideIsReadAgainAndNothingOvertakesIt() throws Exception {
        done(vertx.undeploy(deployment));
        FullTopic dead = new FullTopic();
        KAFKA.send("no event".getBytes(StandardCharsets.UTF_8));
        KAFKA.send("notes", "behind-1", "behind-2");
        done(vertx.deployVerticle(new ReaderAlone(dead)));
        await().until(() -> dead.refused.get() > 1);
        assertEquals(List.of(), commit.committed());
        assertEquals(before, KAFKA.told());
        dead.full = false;
        await().until(() -> KAFKA.told() == before + 3);
        assertEquals(1, dead.history().size());
        assertEquals(1, dead());
        assertEquals(List.of("behind-1", "behind-2"), commit.committed());
    }

    @Test
    void anOperatorSeesHowManyEventsWaitAndHowLong() throws Exception {
        commit.down(true);
        KAFKA.send("notes", "depth-1", "depth-2", "depth-3");
        await().until(() -> gauge("millrace.queue.depth.events") == 3);
        await().until(() -> gauge("millrace.queue.oldest.age") > 1);
        commit.down(false);
        await().until(() -> gauge("millrace.queue.depth.events") == 0);
        assertEquals(0, gauge("millrace.queue.oldest.age"));
    }

    private double dead() {
        return outcomes("dead");
    }

    private double outcomes(String outcome) {
        return metrics.get("millrace.queue.events")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private double gauge(String name) {
        return metrics.get(name).gauge().value();
    }

    private String start() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes } }
                types: { "note:written": { namespace: notes } }
                roles: { admin: { see: ["*"] } }
                """);
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, metrics, new Health(), 1 << 20);
        return done(vertx.deployVerticle(new QueueVerticle(node, settings(KAFKA.uri()))));
    }

    public static QueueSettings settings(String kafka) {
        // Nothing listens on port 1: the queue needs no PostgreSQL of its own.
        return new QueueSettings(
                KafkaSettings.at(kafka),
                new PostgresSettings("postgresql://nobody@127.0.0.1:1/none", null),
                1,
                1,
                100,
                Duration.ofMinutes(5),
                Duration.ofMillis(200),
                5,
                Duration.ofMillis(20),
                1_000);
    }

    private static List<ConsumerRecord<byte[], byte[]>> lettersAfter(long offset) {
        return KAFKA.dead().stream().filter(letter -> offset(letter) >= offset).toList();
    }

    private static long offset(ConsumerRecord<byte[], byte[]> letter) {
        return ByteBuffer.wrap(
                        letter.headers().lastHeader("kafka_dlt-original-offset").value())
                .getLong();
    }

    private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
        return new String(letter.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** Takes dead letters only when it is told so. */
    private static final class FullTopic extends MockProducer<byte[], byte[]> {
        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean full = true;

        FullTopic() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized java.util.concurrent.Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> letter, Callback callback) {
            if (full) {
                refused.incrementAndGet();
                throw new TimeoutException("nobody takes dead letters");
            }
            return super.send(letter, callback);
        }
    }

    /** The queue's consumer, with dead letters of the test's own. */
    private final class ReaderAlone extends VerticleBase {
        private final FullTopic dead;

        ReaderAlone(FullTopic dead) {
            this.dead = dead;
        }

        @Override
        public Future<?> start() {
            QueueMetrics meters = new QueueMetrics(metrics);
            Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(20), new SecureRandom());
            RetryPublisher retryPublisher = new RetryPublisher(
                    KafkaProducer.create(vertx, dead),
                    new RetryPublisher.Attempts(1, Duration.ofMillis(10), new SecureRandom()),
                    Clock.systemUTC(),
                    meters);
            QueuedEventCommitter commits = new QueuedEventCommitter(
                    bus, retryPublisher, new Retry(vertx, backoff, error -> true), meters, Tracing.OFF);
            Map<String, String> config = KafkaClientConfig.consumer(
                    KafkaSettings.at(KAFKA.uri()), KafkaClientConfig.EVENTS_GROUP, 100, Duration.ofMinutes(5));
            TopicConsumer.Options options =
                    new TopicConsumer.Options(Set.of(Topics.EVENTS), RetryHeaders::dueMs, Long.MAX_VALUE, backoff);
            return new TopicConsumer(vertx, options, KafkaConsumer.create(vertx, config), commits::take).start();
        }
    }
}
