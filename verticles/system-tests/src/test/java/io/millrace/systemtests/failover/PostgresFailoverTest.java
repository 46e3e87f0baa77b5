package io.millrace.systemtests.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.ClusteredServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The primary of PostgreSQL dies under load and its standby is promoted, or the standby is gone: with clients, publishers, a KPI
 * and a sink on.
 */
@Tag("long")
@Order(46)
final class PostgresFailoverTest {
    private static final int RATE = 100;
    private static final Duration RECOVERY = Duration.ofSeconds(60);
    private static final Duration URGENT_AGAIN = Duration.ofSeconds(15);
    private static final String SINK =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    @Test
    void urgentEventsAreTakenAgainWithin15SecondsAndNothingIsLostDoubledOrMissing() throws Exception {
        ClusteredServers servers = ClusteredServers.withSynchronousStandby("primary");
        Set<String> sent = new ConcurrentSkipListSet<>();
        try (ConsistencyScenario ordeal = new ConsistencyScenario(
                        servers,
                        Repository.confWith("primary-conf", "sinks/feed.yaml", SINK),
                        RATE,
                        Pipeline.Layout.FOUR_PROCESSES,
                        Map.of());
                AutoCloseable listening = new RedisAccess(servers.redisUri())
                        .listen(
                                "out:*",
                                message -> sent.add(new JsonObject(message)
                                        .getJsonObject("data")
                                        .getString("id")))) {
            ApiClient staff = ordeal.pipeline().api("shop", "staff");
            ordeal.load().awaitMore(5 * RATE);
            await().until(() -> !sent.isEmpty());

            int before = ordeal.load().orders().size();
            long killed = System.nanoTime();
            servers.primary().kill();
            Instant killedAt = Instant.now();
            servers.promoteStandby();
            await().atMost(URGENT_AGAIN).until(() -> ordeal.load().orders().size() > before + RATE);
            System.out.printf("failover: urgent events again after %.1f s%n", (System.nanoTime() - killed) / 1e9);
            ordeal.awaitRecovered(RECOVERY);

            // The former primary comes back and would take writes: nobody goes back to it.
            servers.primary().restart();
            ordeal.load().awaitMore(5 * RATE);
            System.out.println("failover: " + ordeal.verdict());
            assertKpiAndSinkHaveEverything(servers, staff, ordeal.load().orders(), sent);
            assertEquals(
                    0,
                    new PostgresAccess(servers.primary().uri())
                            .number(
                                    "select count(*) from events where committed_at > ?::timestamptz",
                                    killedAt.toString()));
        }
    }

    @Test
    void whileTheStandbyIsGoneNothingIsAcknowledgedThatIsOnThePrimaryAloneAndTheStatusSaysWhy() throws IOException {
        ClusteredServers servers = ClusteredServers.withSynchronousStandby("without-standby");
        try (ConsistencyScenario ordeal =
                new ConsistencyScenario(servers, Repository.CONF, RATE / 2, Pipeline.Layout.ONE_PROCESS, Map.of())) {
            ordeal.load().awaitMore(RATE);
            servers.standby().kill();
            ApiClient staff = ordeal.pipeline().api("shop", "staff");
            await().atMost(RECOVERY).until(() -> staff.post(Shop.order()).status() == 503);
            ApiClient boss = ordeal.pipeline().api("a-1", "admin");
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> boss.get("/api/cluster").body().contains("no standby is connected"));
            int before = ordeal.load().orders().size();
            assertEquals(503, staff.post(Shop.order()).status());
            assertEquals(before, ordeal.load().orders().size(), "no urgent event is acknowledged meanwhile");

            servers.standby().restart();
            ordeal.awaitFlowing(RECOVERY);
            System.out.println("without standby: " + ordeal.verdict());
        }
    }

    @Test
    void whatAnAsynchronousStandbyDidNotHaveIsGoneAndNobodyIsLeftWithASilentGap() {
        ClusteredServers servers = ClusteredServers.withAsynchronousStandby("asynchronous");
        try (servers;
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, servers, new Ports())) {
            ApiClient staff = pipeline.api("shop", "staff");
            MetricsReader metrics = new MetricsReader(pipeline.front());
            try (SocketClient client = pipeline.socket("s-1", "staff");
                    SocketClient away = pipeline.socket("s-2", "staff")) {
                StreamLog live = client.subscribe(Shop.ORDERS);
                StreamLog resumed = away.subscribe(Shop.ORDERS);
                List<JsonObject> kept = Shop.orders(5);
                kept.forEach(order -> assertEquals(201, staff.post(order).status()));
                servers.awaitReplicated();
                servers.cutStandby();
                List<JsonObject> lost = Shop.orders(3);
                lost.forEach(order -> assertEquals(201, staff.post(order).status()));
                await().until(() -> live.size() == 8 && resumed.size() == 8);
                away.drop();

                servers.primary().kill();
                servers.promoteStandby();
                // Four more, so that the positions of the lost ones are given to others.
                Shop.orders(4).forEach(order -> await().atMost(RECOVERY)
                        .until(() -> Set.of(200, 201).contains(staff.post(order).status())));
                await().until(() -> metrics.sum("millrace_persistence_lost_events_total") == 3);
                await().atMost(RECOVERY).until(() -> !live.recovered());
                away.resume(pipeline.broadcast().uri("/api/ws"));
                await().until(() -> resumed.subscribedAt() != null);
                assertFalse(resumed.recovered(), "its position is of what is gone");

                JsonObject again = lost.get(0);
                assertEquals("committed", staff.post(again).json().getString("status"));
                await().until(() -> Shop.eventIds(
                                List.of(live.messages().get(live.messages().size() - 1)))
                        .contains(again.getString("id")));
                List<String> stored = Shop.eventIds(staff.historyAfter(Shop.ORDERS, "beginning"));
                assertTrue(stored.containsAll(Shop.ids(kept)));
                assertEquals(5 + 4 + 1, stored.size());
            }
        }
    }

    private static void assertKpiAndSinkHaveEverything(
            ClusteredServers servers, ApiClient staff, Set<String> acknowledged, Set<String> sent) {
        PostgresAccess promoted = new PostgresAccess(servers.standby().uri());
        long orders = promoted.number("select count(*) from events where type = 'order:created'");
        await().atMost(RECOVERY).until(() -> staff.get("/api/kpis").json().getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(kpi -> kpi.getString("name").equals("orders"))
                .allMatch(kpi -> kpi.getLong("value") == orders));
        await().atMost(RECOVERY).until(() -> sent.containsAll(acknowledged));
        assertTrue(orders >= acknowledged.size());
    }
}
