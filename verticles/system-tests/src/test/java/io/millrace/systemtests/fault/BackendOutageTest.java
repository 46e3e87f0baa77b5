package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.backends.server.EmbeddedServer;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.PacedLoad;
import io.millrace.systemtests.load.PacedLoad.Result;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What Millrace stands on dies, one or two at a time, and comes back. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("BackendOutageTest")
@Order(44)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BackendOutageTest {
    /** What a stage waits for another, {@code bus.timeout}: after it a request is over. */
    private static final long DEADLINE_MS = 10_000;

    /** Well below the deadline, on a machine that is busy. */
    private static final long QUICKLY_MS = 2_000;

    private static final int ENOUGH = 100;

    private OwnServers servers;
    private RunningBackends backends;
    private Pipeline pipeline;
    private ApiClient staff;
    private MetricsReader metrics;
    private String orders;
    private String stocks;

    @BeforeAll
    void start() {
        servers = new OwnServers("outage");
        backends = servers.running();
        pipeline =
                new Pipeline(Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, backends, new Ports());
        staff = pipeline.api("shop", "staff");
        metrics = new MetricsReader(pipeline.front());
    }

    @BeforeEach
    void mark() {
        orders = staff.head(Shop.ORDERS);
        stocks = staff.head(Shop.INVENTORY);
    }

    @AfterAll
    void stop() {
        pipeline.close();
        servers.close();
    }

    @Test
    void withoutKafkaOrdinaryEventsAreCommittedAtOnce() throws IOException {
        PacedLoad load = through(201, 201, backends.kafka());
        assertEquals(List.of(), refused(load.urgent()));
        assertEquals(List.of(), refused(load.ordinary()));
        assertEverythingOnce(load, false);
    }

    @Test
    void withoutPostgresUrgentEventsAreRefusedAndOrdinaryOnesQueued() throws IOException {
        PacedLoad load = through(503, 202, backends.postgres());
        assertRefusedQuickly(load.urgent());
        assertEquals(List.of(), refused(load.ordinary()));
        assertEverythingOnce(load, true);
    }

    @Test
    void withoutRedisReadsComeFromPostgresAndNoRequestFails() throws IOException {
        String orderId = Shop.unique("o");
        staff.post(Shop.order(orderId, "c-1"));
        PacedLoad load = through(201, 202, backends.redis());
        assertEquals(List.of(), refused(load.urgent()));
        assertEquals(List.of(), refused(load.ordinary()));
        assertEverythingOnce(load, true);
        assertEquals(200, staff.entity("order", orderId).status());
    }

    @Test
    void withoutKafkaAndRedisEverythingIsCommitted() throws IOException {
        PacedLoad load = through(201, 201, backends.kafka(), backends.redis());
        assertEquals(List.of(), refused(load.urgent()));
        assertEquals(List.of(), refused(load.ordinary()));
        assertEverythingOnce(load, false);
    }

    @Test
    void withoutPostgresAndRedisOrdinaryEventsAreQueued() throws IOException {
        PacedLoad load = through(503, 202, backends.postgres(), backends.redis());
        assertRefusedQuickly(load.urgent());
        assertEquals(List.of(), refused(load.ordinary()));
        assertEverythingOnce(load, true);
    }

    /**
     * Load before, during and after the death of some servers.
     *
     * @param urgent what urgent events are answered meanwhile
     * @param ordinary and ordinary ones
     */
    private PacedLoad through(int urgent, int ordinary, EmbeddedServer... dying) throws IOException {
        String known = Shop.unique("o");
        staff.post(Shop.order(known, "c-1"));
        try (PacedLoad load = PacedLoad.start(staff)) {
            load.awaitNext(ENOUGH, 201, 202);
            for (EmbeddedServer server : dying) {
                server.kill();
            }
            try {
                load.awaitNext(ENOUGH, urgent, ordinary);
                for (EmbeddedServer server : dying) {
                    await().until(() -> {
                        // Without commits, only a read of what may be in Redis finds out about it.
                        staff.entity("order", known);
                        return metrics.sum(breakerOf(server)) > 0;
                    });
                }
                if (!backends.redis().isRunning() && backends.postgres().isRunning()) {
                    assertReadsComeFromPostgres();
                }
            } finally {
                for (EmbeddedServer server : dying) {
                    server.restart();
                }
            }
            load.awaitNext(ENOUGH, 201, 202);
            load.stop();
            for (EmbeddedServer server : dying) {
                await().atMost(Duration.ofSeconds(30)).until(() -> {
                    staff.entity("order", known);
                    return metrics.sum(breakerOf(server)) == 0;
                });
            }
            return load;
        }
    }

    /** Whatever the near cache had of it expires within a second. */
    private void assertReadsComeFromPostgres() {
        String orderId = Shop.unique("o");
        assertEquals(201, staff.post(Shop.order(orderId, "c-1")).status());
        await().until(() -> staff.entity("order", orderId).header("X-Cache").equals("database"));
    }

    private void assertRefusedQuickly(List<Result> results) {
        List<Result> refused = refused(results);
        assertTrue(refused.size() >= ENOUGH);
        for (Result result : refused) {
            assertEquals(503, result.status(), result::toString);
            assertEquals("1", result.retryAfter(), result::toString);
            assertTrue(result.ms() < QUICKLY_MS, result::toString);
        }
    }

    private static List<Result> refused(List<Result> results) {
        return results.stream().filter(result -> !result.acknowledged()).toList();
    }

    /**
     * @param inOrder whether all ordinary events went the same way, so that they keep their order
     */
    private void assertEverythingOnce(PacedLoad load, boolean inOrder) {
        assertOnce(load.urgent(), Shop.ORDERS, orders, true);
        assertOnce(load.ordinary(), Shop.INVENTORY, stocks, inOrder);
        for (List<Result> results : List.of(load.urgent(), load.ordinary())) {
            results.forEach(result -> assertTrue(result.ms() < DEADLINE_MS, result::toString));
        }
    }

    private void assertOnce(List<Result> results, String stream, String from, boolean inOrder) {
        List<String> acknowledged =
                results.stream().filter(Result::acknowledged).map(Result::id).toList();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> new HashSet<>(Shop.eventIds(history(stream, from))).containsAll(acknowledged));
        List<JsonObject> events = history(stream, from);
        List<String> stored = Shop.eventIds(events);
        Set<String> distinct = new HashSet<>(stored);
        assertEquals(distinct.size(), stored.size(), "each once in " + stream);
        long first = offset(from) + 1;
        for (int i = 0; i < events.size(); i++) {
            assertEquals(first + i, offset(events.get(i).getString("position")));
        }
        if (inOrder) {
            Set<String> mine = new HashSet<>(acknowledged);
            assertEquals(acknowledged, stored.stream().filter(mine::contains).toList());
        }
    }

    private List<JsonObject> history(String stream, String from) {
        return staff.historyAfter(stream, from);
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    private String breakerOf(EmbeddedServer server) {
        return server == backends.kafka()
                ? "millrace_router_breaker_state{backend=\"kafka\""
                : server == backends.redis()
                        ? "millrace_cache_breaker_state{backend=\"redis\""
                        : "millrace_persistence_breaker_state{backend=\"postgresql\"";
    }
}
