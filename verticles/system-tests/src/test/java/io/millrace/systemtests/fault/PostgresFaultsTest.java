package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.systemtests.environment.FullDisk;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.PostgresRelay;
import io.millrace.systemtests.environment.RelayedBackends;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.PacedLoad;
import io.millrace.systemtests.load.PacedLoad.Result;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * PostgreSQL is slow, is stopped, is restarted, has no room, under load, and is well again. Meanwhile urgent events are
 * committed or refused within their deadline, ordinary ones are queued; afterwards whatever was acknowledged is in the
 * table once, at the subscriber once and in order, and nothing is a dead letter. A trouble lasts as long as {@code
 * millrace.outage.seconds} says.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("PostgresFaultsTest")
@Order(43)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PostgresFaultsTest {
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("millrace.outage.seconds", 5));
    private static final Duration SLOW = Duration.ofSeconds(2);
    /** Longer than a deadline, or nobody could miss one. */
    private static final Duration SLOW_FOR = OUTAGE.plusSeconds(10);

    /** What a stage waits for another, {@code bus.timeout}: after it a request is over. */
    private static final long DEADLINE_MS = 10_000;

    private static final Duration CATCH_UP = Duration.ofSeconds(30);
    private static final int SENDERS = 5;
    /** More than each hop has batches under way, so that events wait at all of them. */
    private static final int MANY_SENDERS = 40;

    private static final int ENOUGH = 100;

    private OwnServers servers;
    private RelayedBackends relayed;
    private PostgresAccess table;
    private Pipeline pipeline;
    private ApiClient staff;
    private SocketClient client;

    @BeforeAll
    void start() {
        servers = new OwnServers("postgres-trouble");
        relayed = new RelayedBackends(servers.running());
        table = new PostgresAccess(servers.running().postgresUri());
        pipeline = new Pipeline(Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, relayed, new Ports());
        staff = pipeline.api("shop", "staff");
        client = pipeline.socket("s-1", "staff");
        client.subscribe(Shop.ORDERS);
        client.subscribe(Shop.INVENTORY);
    }

    @AfterAll
    void stop() {
        client.close();
        pipeline.close();
        relayed.close();
        servers.close();
    }

    @Test
    void aPostgresThatNeedsTwoSecondsForEachStatementKeepsNoRequestPastTheDeadline() {
        try (PacedLoad load = loaded(MANY_SENDERS)) {
            PostgresRelay relay = relayed.relay(0);
            relay.slow(SLOW);
            letPass(SLOW_FOR);
            relay.slow(Duration.ZERO);
            assertCatchesUp("slow", load);
        }
    }

    @Test
    void aPostgresThatIsStoppedAndStartedAgainGetsWhatWasQueuedMeanwhile() throws IOException {
        EmbeddedPostgres postgres = servers.running().postgres();
        try (PacedLoad load = loaded(SENDERS)) {
            postgres.stop();
            try {
                load.awaitNext(ENOUGH, 503, 202);
                letPass(OUTAGE);
            } finally {
                postgres.restart();
            }
            assertCatchesUp("stopped", load);
        }
    }

    @Test
    void aPostgresThatIsRestartedUnderLoadLosesNothing() throws IOException {
        try (PacedLoad load = loaded(SENDERS)) {
            for (int i = 0; i < 3; i++) {
                servers.running().postgres().restart();
                load.awaitNext(ENOUGH, 201, 202);
            }
            assertCatchesUp("restarted", load);
        }
    }

    @Test
    void aPostgresWithNoRoomForItsTablesIsDownAndNoEventIsBadForThat() throws IOException {
        assertSurvivesFullDisk("base", () -> {});
    }

    /** It panics, and may not even come back by itself while there is no room to write down that it recovered. */
    @Test
    void aPostgresWithNoRoomForItsLogIsDownAndNoEventIsBadForThat() throws IOException {
        assertSurvivesFullDisk("pg_wal", () -> table.ask("select pg_switch_wal()"));
    }

    /**
     * @param folder of PostgreSQL's data that has a disk of its own
     * @param hasten makes it need more room
     */
    private void assertSurvivesFullDisk(String folder, Runnable hasten) throws IOException {
        assumeTrue(FullDisk.possible(), "only root can mount a small disk");
        EmbeddedPostgres postgres = servers.running().postgres();
        postgres.stop();
        try (FullDisk disk = new FullDisk(postgres.directory().resolve("data").resolve(folder))) {
            try {
                postgres.restart();
                awaitCommits();
                assertSurvives(disk, folder, hasten);
            } finally {
                postgres.stop();
            }
        } finally {
            postgres.restart();
        }
        awaitCommits();
    }

    private void assertSurvives(FullDisk disk, String folder, Runnable hasten) throws IOException {
        try (PacedLoad load = loaded(SENDERS)) {
            disk.fill();
            await().ignoreExceptions().atMost(CATCH_UP).until(() -> {
                if (load.urgent().stream().anyMatch(result -> result.status() == 503)) {
                    return true;
                }
                hasten.run();
                return false;
            });
            load.awaitNext(ENOUGH, 503, 202);
            letPass(OUTAGE);
            disk.free();
            if (!servers.running().postgres().isRunning()) {
                // As whatever supervises it would.
                servers.running().postgres().restart();
            }
            assertCatchesUp("no room in " + folder, load);
        }
    }

    private PacedLoad loaded(int sendersOfEach) {
        PacedLoad load = PacedLoad.start(staff, sendersOfEach);
        load.awaitNext(ENOUGH, 201, 202);
        return load;
    }

    private void awaitCommits() {
        await().atMost(CATCH_UP).until(() -> staff.post(Shop.order()).status() == 201);
    }

    /** How long a trouble lasts is part of it: there is no fact to wait for. */
    private static void letPass(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private void assertCatchesUp(String trouble, PacedLoad load) {
        load.awaitNext(ENOUGH, 201, 202);
        load.stop();
        for (Result result : load.urgent()) {
            assertTrue(result.status() == 201 || result.status() == 503, result::toString);
            assertEquals(result.acknowledged() ? "" : "1", result.retryAfter(), result::toString);
        }
        for (Result result : load.ordinary()) {
            assertEquals(202, result.status(), result::toString);
        }
        System.out.printf(
                Locale.ROOT,
                "  PostgreSQL %s: %,d urgent committed, %,d refused, %,d ordinary queued; the slowest answers took %,d and %,d ms%n",
                trouble,
                load.urgent().stream().filter(Result::acknowledged).count(),
                load.urgent().stream().filter(result -> !result.acknowledged()).count(),
                load.ordinary().size(),
                slowest(load.urgent()),
                slowest(load.ordinary()));
        assertTrue(slowest(load.urgent()) < DEADLINE_MS, "urgent");
        assertTrue(slowest(load.ordinary()) < DEADLINE_MS, "ordinary");
        assertStoredAndDelivered(Shop.ORDERS, load.urgent());
        assertStoredAndDelivered(Shop.INVENTORY, load.ordinary());
        assertEquals(0, table.number("select count(*) from dead_letters"));
    }

    private static long slowest(List<Result> results) {
        return results.stream().mapToLong(Result::ms).max().orElse(0);
    }

    private void assertStoredAndDelivered(String stream, List<Result> results) {
        Set<String> acknowledged = new HashSet<>();
        results.stream().filter(Result::acknowledged).forEach(result -> acknowledged.add(result.id()));
        awaitStored(stream, acknowledged);
        StreamLog log = client.log(stream);
        // What was refused may be there all the same; nothing more comes of it once its deadline is over.
        await().atMost(CATCH_UP).untilAsserted(() -> assertEquals(rows(stream), log.ids()));
        assertEquals(List.of(), log.faults());
    }

    /** However much was queued: it fails when nothing more comes, not when the machine is slow. */
    private void awaitStored(String stream, Set<String> acknowledged) {
        long stored = -1;
        while (!new HashSet<>(rows(stream)).containsAll(acknowledged)) {
            long before = stored;
            stored = await().atMost(CATCH_UP)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> count(stream), count -> count > before);
        }
    }

    private long count(String stream) {
        return table.number("select count(*) from events e join streams s on s.id = e.stream where s.name = ?", stream);
    }

    /** Ids in the stream's order. */
    private List<String> rows(String stream) {
        return table.ask(
                "select e.id from events e join streams s on s.id = e.stream where s.name = ? order by e.pos", stream);
    }
}
