package io.millrace.persistence;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real PostgreSQL that dies or hangs, and comes back. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class PostgresDownTest {
    private static final long COMMIT_TIMEOUT_MS = 1_000;

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(60));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Set<String> acknowledged = new HashSet<>();
    private Path directory;
    private EmbeddedPostgres postgres;
    private int sent;

    @BeforeEach
    void start() throws Exception {
        directory = Files.createTempDirectory("millrace-postgres");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        NodeContext node = new NodeContext(
                vertx,
                bus,
                Samples.domains(),
                new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                metrics,
                new Health(),
                1 << 20);
        PersistenceSettings settings = PersistenceSettings.from(Settings.load(
                null,
                Map.of(),
                Map.of(
                        "postgres.uri",
                        postgres.uri(),
                        "persistence.commit.timeout",
                        COMMIT_TIMEOUT_MS + "ms",
                        "persistence.breaker.pause.max",
                        "200ms")));
        done(vertx.deployVerticle(new PersistenceVerticle(node, settings)));
    }

    @AfterEach
    void stop() throws Exception {
        done(vertx.close());
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aDeadPostgresIsAskedNoMoreAndOneThatIsBackTakesEverythingAgain() throws Exception {
        assertEquals(Status.COMMITTED, send().status());
        postgres.kill();
        assertRefusedUntilOpen();

        List<Future<Outcome>> atOnce = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            atOnce.add(sendLater("storm-" + i));
        }
        for (Future<Outcome> each : atOnce) {
            assertEquals(Failure.UNAVAILABLE, done(each).failure());
        }
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5), "refused at once");

        postgres.restart();
        await().until(() -> send().status() == Status.COMMITTED);
        assertEquals(0, state());
        assertTrue(transitions("half_open") >= 1);
        assertEquals(1, transitions("closed"));
        assertEquals(Status.COMMITTED, send().status());
        assertAcknowledgedOnce();
    }

    @Test
    void aPostgresThatHangsBlocksNoRequest() throws Exception {
        assertEquals(Status.COMMITTED, send().status());
        signal("-STOP");
        try {
            long start = System.nanoTime();
            Outcome held = send();
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            assertEquals(Failure.UNAVAILABLE, held.failure());
            assertTrue(ms < 2 * COMMIT_TIMEOUT_MS, ms + " ms");
            assertRefusedUntilOpen();
        } finally {
            signal("-CONT");
        }
        await().until(() -> send().status() == Status.COMMITTED);
        // What was refused may have been done all the same: sent again, it is there once.
        for (int i = 0; i < sent; i++) {
            Outcome again = done(sendLater("e-" + i));
            assertTrue(Set.of(Status.COMMITTED, Status.DUPLICATE).contains(again.status()), again::toString);
            acknowledged.add(again.id());
        }
        assertEquals(sent, acknowledged.size());
        assertAcknowledgedOnce();
    }

    /** A commit at a time, until nothing is asked. */
    private void assertRefusedUntilOpen() throws Exception {
        while (state() != 2) {
            assertEquals(Failure.UNAVAILABLE, send().failure());
        }
    }

    private void assertAcknowledgedOnce() throws Exception {
        List<CommittedEvent> events = done(bus.request(Addresses.HISTORY, new HistoryQuery("notes", 0, 1_000, false)))
                .events();
        List<String> ids = events.stream().map(event -> event.event().id()).toList();
        assertEquals(ids.size(), new HashSet<>(ids).size(), "each once");
        assertTrue(ids.containsAll(acknowledged), () -> acknowledged + " are in " + ids);
    }

    private Outcome send() throws Exception {
        Outcome outcome = done(sendLater("e-" + sent++));
        if (outcome.status() == Status.COMMITTED) {
            acknowledged.add(outcome.id());
        }
        return outcome;
    }

    private Future<Outcome> sendLater(String id) {
        Samples event = new Samples(id).priority(Priority.HIGH);
        return bus.request(Addresses.COMMIT, new EventBatch(List.of(event.event())))
                .map(outcomes -> outcomes.outcomes().get(0))
                .otherwise(error -> Outcome.failed(id, error));
    }

    private double state() {
        return metrics.get("millrace.persistence.breaker.state")
                .tag("backend", "postgresql")
                .gauge()
                .value();
    }

    private double transitions(String to) {
        return metrics.get("millrace.persistence.breaker.transitions")
                .tag("to", to)
                .counter()
                .count();
    }

    /** To the server and all that it has started. */
    private void signal(String which) throws Exception {
        List<String> command = new ArrayList<>(List.of("kill", which, "" + postgres.pid()));
        ProcessHandle.of(postgres.pid()).orElseThrow().descendants().forEach(child -> command.add("" + child.pid()));
        if (new ProcessBuilder(command).start().waitFor() != 0) {
            throw new IllegalStateException(command + " failed");
        }
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
