package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.systemtests.environment.FalseClock;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The clock of one of two whole nodes is a minute off, jumps an hour ahead and back, and stands still, under load: what is
 * written in {@code shared/docs/design.md} under "Clocks" holds. Without libfaketime it is skipped.
 */
@Tag("long")
@Order(48)
final class ClocksTest {
    private static final int RATE = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String SINK =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    @Test
    void aNodeWhoseClockIsWrongLosesNothingAndPutsNothingOutOfOrder() throws Exception {
        assumeTrue(FalseClock.isInstalled(), "libfaketime isn't installed: apt-get install libfaketime");
        OwnServers servers = new OwnServers("clocks");
        Set<String> sent = new ConcurrentSkipListSet<>();
        FalseClock clock = new FalseClock("odd");
        try (ConsistencyScenario scenario = new ConsistencyScenario(
                        servers,
                        Repository.confWith("clocks-conf", "sinks/feed.yaml", SINK),
                        RATE,
                        Pipeline.Layout.ONE_PROCESS,
                        Map.of());
                AutoCloseable listening = new RedisAccess(servers.redisUri())
                        .listen(
                                "out:*",
                                message -> sent.add(new JsonObject(message)
                                        .getJsonObject("data")
                                        .getString("id")))) {
            Pipeline pipeline = scenario.pipeline();
            MillraceProcess odd =
                    pipeline.add(clock.environment(), pipeline.front().stages()).get(0);
            Scene scene = new Scene(scenario, pipeline, odd, clock, new PostgresAccess(servers.postgresUri()));
            scene.play();
            System.out.println("clocks: " + scenario.verdict());
            scene.assertEverythingIsThere(sent);
        }
    }

    private static final class Scene {
        private final ConsistencyScenario scenario;
        private final Pipeline pipeline;
        private final MillraceProcess odd;
        private final FalseClock clock;
        private final PostgresAccess table;
        private final ApiClient right;
        private final ApiClient wrong;
        private final List<JsonObject> posted = new ArrayList<>();

        Scene(
                ConsistencyScenario scenario,
                Pipeline pipeline,
                MillraceProcess odd,
                FalseClock clock,
                PostgresAccess table) {
            this.scenario = scenario;
            this.pipeline = pipeline;
            this.odd = odd;
            this.clock = clock;
            this.table = table;
            this.right = pipeline.api("shop", "staff");
            JsonObject lasting = new JsonObject()
                    .put("exp", Instant.now().plus(Duration.ofHours(3)).getEpochSecond());
            this.wrong = new ApiClient(odd.uri("/"), pipeline.signer().token("shop", lasting, "staff"));
        }

        void play() {
            await().atMost(PATIENCE)
                    .until(() -> table.number("select count(*) from sink_leases where holder is not null") == 1);
            String fence = fence();
            try (SocketClient watcher = inRoom(pipeline.front(), "watcher", "room:r-1");
                    SocketClient anna = inRoom(odd, "anna", "room:r-1")) {
                StreamLog log = watcher.log("room:r-1");
                await().atMost(PATIENCE).until(() -> told(log, "room:joined").contains("anna"));
                for (Duration off : List.of(MINUTE, MINUTE.negated(), HOUR, Duration.ZERO)) {
                    clock.ahead(off);
                    await().atMost(PATIENCE)
                            .until(() -> Math.abs(offset().minus(off).toMillis()) < 5_000);
                    System.out.printf("clocks: %s%n", off);
                    publish();
                    if (off.compareTo(Duration.ZERO) >= 0) {
                        assertTheLaterOfTwoStaysTheState();
                    }
                    assertTokens(off);
                    assertExpiry(off);
                    assertPositionsByTime();
                    if (!off.isZero()) {
                        awaitAlert(true);
                    }
                }
                awaitAlert(false);
                clock.stop();
                await().atMost(PATIENCE).until(() -> offset().compareTo(Duration.ofSeconds(-5)) < 0);
                publish();
                assertPositionsByTime();
                awaitAlert(true);
                clock.ahead(Duration.ZERO);
                publish();
                assertTheLaterOfTwoStaysTheState();
                assertTrue(anna.isOpen());
                assertEquals(List.of(), told(log, "room:left"));
            }
            assertEquals(fence, fence(), "the sink's lease has not moved");
            assertEquals(
                    0,
                    table.number("select count(*) from (select committed_at, lag(committed_at)"
                            + " over (partition by stream order by pos) as before from events) each"
                            + " where committed_at < before"));
        }

        private String fence() {
            return table.ask("select fence from sink_leases where sink = 'feed'")
                    .get(0);
        }

        /** How far the odd node's clock is ahead, by the timestamp that it gives an event. */
        private Duration offset() {
            JsonObject order = Shop.order();
            Instant before = Instant.now();
            if (wrong.post(order).status() != 201) {
                return Duration.ofDays(1);
            }
            posted.add(order);
            String time = table.ask("select time from events where id = ?", order.getString("id"))
                    .get(0);
            return Duration.between(before, Instant.parse(time.replace(' ', 'T').replaceFirst("\\+00$", "Z")));
        }

        /** By both nodes, direct and through the queue; and once again, which changes nothing. */
        private void publish() {
            scenario.load().awaitMore(3 * RATE);
            for (int i = 0; i < 5; i++) {
                JsonObject order = Shop.order();
                JsonObject stock = Shop.stock();
                await().atMost(PATIENCE).until(() -> wrong.post(order).status() < 300);
                await().atMost(PATIENCE).until(() -> wrong.post(stock).status() < 300);
                await().atMost(PATIENCE).until(() -> rows(stock) == 1);
                assertEquals("duplicate", right.post(order).json().getString("status"));
                assertTrue(right.post(stock).status() < 300);
                posted.addAll(List.of(order, stock));
            }
            scenario.awaitFlowing(PATIENCE);
        }

        private long rows(JsonObject event) {
            return table.number("select count(*) from events where id = ?", event.getString("id"));
        }

        /** Ordinary events, which are put in order by when they were accepted. */
        private void assertTheLaterOfTwoStaysTheState() {
            JsonObject first = Shop.stock();
            JsonObject second = Shop.stock();
            first.getJsonObject("data").put("newStock", 1);
            second.getJsonObject("data")
                    .put("productId", first.getJsonObject("data").getString("productId"))
                    .put("newStock", 2);
            assertEquals(202, wrong.post(first).status());
            await().atMost(PATIENCE).until(() -> rows(first) == 1);
            assertEquals(202, right.post(second).status());
            await().atMost(PATIENCE).until(() -> rows(second) == 1);
            assertEquals(
                    List.of("2"),
                    table.ask(
                            "select state->>'newStock' from entities where id = ?",
                            first.getJsonObject("data").getString("productId")));
        }

        /** A token ends at its exp by the node's clock, and one that begins up to a minute ahead is taken. */
        private void assertTokens(Duration off) {
            assertEquals(200, status("exp", Duration.ofMinutes(2).plus(off)));
            assertEquals(401, status("exp", Duration.ofMinutes(-2).plus(off)));
            assertEquals(200, status("nbf", Duration.ofSeconds(30).plus(off)));
            assertEquals(401, status("nbf", Duration.ofSeconds(90).plus(off)));
        }

        private int status(String claim, Duration fromNow) {
            JsonObject claims = new JsonObject()
                    .put("exp", Instant.now().plus(Duration.ofHours(3)).getEpochSecond())
                    .put(claim, Instant.now().plus(fromNow).getEpochSecond());
            String token = pipeline.signer().token("shop", claims, "staff");
            return new ApiClient(odd.uri("/"), token)
                    .get("/api/streams/orders/events?last=1")
                    .status();
        }

        /** Nothing is committed that has expired, whatever the node thinks; a router that is ahead drops events before. */
        private void assertExpiry(Duration off) {
            Duration soon = Duration.ofSeconds(30);
            for (int i = 0; i < 4; i++) {
                assertEquals("expired", expiring(Duration.ofSeconds(-10)));
                String status = expiring(soon);
                assertTrue(status.equals("committed") || (status.equals("expired") && off.compareTo(soon) > 0), status);
            }
        }

        private String expiring(Duration fromNow) {
            JsonObject order = Shop.order()
                    .put(
                            "metadata",
                            new JsonObject()
                                    .put(
                                            "expiresAt",
                                            Instant.now().plus(fromNow).toString()));
            return wrong.post(order).json().getString("status");
        }

        /** Times are those of commits, by PostgreSQL. */
        private void assertPositionsByTime() {
            String since = Instant.now().toString();
            JsonObject order = Shop.order();
            assertEquals(201, right.post(order).status());
            for (ApiClient node : List.of(right, wrong)) {
                List<String> after = Shop.eventIds(node.historyAfter(Shop.ORDERS, since));
                assertTrue(after.contains(order.getString("id")));
                assertTrue(after.size() < 20 * RATE, () -> after.size() + " events since a moment ago");
            }
        }

        private void awaitAlert(boolean on) {
            ApiClient boss = pipeline.api("a-1", "admin");
            await().atMost(Duration.ofSeconds(90))
                    .until(() -> boss.get("/api/alerts").json().getJsonArray("alerts").stream()
                                    .anyMatch(alert -> ((JsonObject) alert)
                                            .getString("alert")
                                            .equals("clock-skew"))
                            == on);
        }

        private SocketClient inRoom(MillraceProcess node, String user, String stream) {
            JsonObject claims = new JsonObject()
                    .put("rooms", new JsonArray().add("r-1"))
                    .put("exp", Instant.now().plus(Duration.ofHours(3)).getEpochSecond());
            return SocketClient.open(node.uri("/api/ws"), pipeline.signer().token(user, claims, "player"), stream);
        }

        private static List<String> told(StreamLog log, String type) {
            return log.messages().stream()
                    .map(message -> message.getJsonObject("data"))
                    .filter(event -> event.getString("type").equals(type))
                    .map(event -> event.getJsonObject("data").getString("playerId"))
                    .toList();
        }

        void assertEverythingIsThere(Set<String> sent) {
            assertTrue(posted.stream().allMatch(event -> rows(event) == 1));
            long orders = table.number("select count(*) from events where type = 'order:created'");
            await().atMost(PATIENCE)
                    .until(() -> pipeline.api("shop", "staff").get("/api/kpis").json().getJsonArray("kpis").stream()
                            .map(JsonObject.class::cast)
                            .filter(kpi -> kpi.getString("name").equals("orders"))
                            .allMatch(kpi -> kpi.getLong("value") == orders));
            await().atMost(PATIENCE).until(() -> sent.size() == orders);
        }
    }
}
