package io.millrace.router;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The router between a real Kafka that dies and comes back, and a commit that can be held. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class KafkaDownTest {
    private static final int KAFKA_TIMEOUT_MS = 1_000;
    private static final int FALLBACK = 100;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(30));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Queue<String> committed = new ConcurrentLinkedQueue<>();
    private final Promise<Void> released = Promise.promise();
    private volatile boolean holding;
    private Path directory;
    private EmbeddedKafka kafka;
    private int sent;

    @BeforeEach
    void start() throws Exception {
        directory = Files.createTempDirectory("millrace-kafka");
        kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.uri()))) {
            admin.createTopics(List.of(new NewTopic(Topics.EVENTS, 1, (short) 1)))
                    .all()
                    .get();
        }
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes } }
                types: { "note:written": { namespace: notes } }
                roles: { admin: { see: ["*"] } }
                """);
        NodeContext node = new NodeContext(
                vertx,
                bus,
                domains,
                new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                metrics,
                new Health(),
                1 << 20);
        RouterSettings settings = RouterSettings.from(Settings.load(
                null,
                Map.of(),
                Map.of(
                        "kafka.bootstrap",
                        kafka.uri(),
                        "router.kafka.timeout",
                        KAFKA_TIMEOUT_MS + "ms",
                        "router.fallback.max",
                        "" + FALLBACK,
                        "router.breaker.pause.max",
                        "200ms")));
        done(bus.serve(Addresses.COMMIT, this::commit));
        done(vertx.deployVerticle(new RouterVerticle(node, settings)));
    }

    @AfterEach
    void stop() throws Exception {
        done(vertx.close());
        kafka.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void whatADeadKafkaDoesNotTakeIsCommittedAndQueuedAgainWhenItIsBack() throws Exception {
        await().until(() -> send().status() == Status.QUEUED);
        kafka.kill();
        // The first one finds out; nobody waits longer than for one answer of Kafka's.
        Outcome first = send();
        assertEquals(Status.COMMITTED, first.status());
        assertEquals(2, gauge("router.breaker.state"));
        List<String> ids = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            Outcome outcome = send();
            assertEquals(Status.COMMITTED, outcome.status());
            ids.add(outcome.id());
        }
        // Those that probe wait for Kafka's answer, the others for nobody.
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(50) / 2, "most went round at once");
        assertEquals(ids, committed.stream().skip(committed.size() - 50).toList());

        kafka.restart();
        await().atMost(Duration.ofSeconds(30)).until(() -> send().status() == Status.QUEUED);
        assertEquals(0, gauge("router.breaker.state"));
        assertEquals(Status.QUEUED, send().status());
    }

    @Test
    void aFullDetourRefusesAtOnceAndKeepsNothing() throws Exception {
        await().until(() -> send().status() == Status.QUEUED);
        kafka.kill();
        assertEquals(Status.COMMITTED, send().status());
        holding = true;
        List<Future<Outcomes>> storm = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            storm.add(route(50));
        }
        // All that can be answered is, long before the commit goes on.
        await().until(() -> storm.stream().filter(Future::isComplete).count() >= 98);
        assertEquals(FALLBACK, gauge("router.fallback.events"));
        assertEquals(
                4_900,
                metrics.get("millrace.router.fallback.refused.events").counter().count());
        released.complete();
        int done = 0;
        for (Future<Outcomes> each : storm) {
            for (Outcome outcome : done(each).outcomes()) {
                done += outcome.status() == Status.COMMITTED ? 1 : 0;
                assertTrue(outcome.status() == Status.COMMITTED || outcome.failure() == Failure.UNAVAILABLE);
            }
        }
        assertEquals(FALLBACK, done);
        assertEquals(0, gauge("router.fallback.events"));
    }

    private Future<Outcomes> commit(EventBatch batch) {
        if (batch.path().path() != CommitPath.Path.FALLBACK) {
            return Future.failedFuture("only what takes the fallback comes here");
        }
        batch.events().forEach(event -> committed.add(event.id()));
        Outcomes outcomes = new Outcomes(batch.events().stream()
                .map(event -> Outcome.committed(event, new Position("k", 1)))
                .toList());
        return holding ? released.future().map(outcomes) : Future.succeededFuture(outcomes);
    }

    private Outcome send() throws Exception {
        return done(route(1)).outcomes().get(0);
    }

    private Future<Outcomes> route(int events) {
        return bus.request(
                Addresses.ROUTE,
                new EventBatch(IntStream.range(0, events)
                        .mapToObj(i -> event("e-" + sent++))
                        .toList()));
    }

    private static Event event(String id) {
        return Event.builder(id, "note:written", "s").timeMicros(1).stream("notes")
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
    }

    private double gauge(String name) {
        return metrics.get("millrace." + name).gauge().value();
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
