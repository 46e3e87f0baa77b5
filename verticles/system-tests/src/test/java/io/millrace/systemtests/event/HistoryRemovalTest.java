package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.PacedLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Events that are past the history of their namespace go while others come: nobody is left with a silent gap, and no commit waits. */
final class HistoryRemovalTest {
    private static final int OLD = 20;
    private static final Duration REMOVAL = Duration.ofMinutes(3);

    @Test
    void whatIsPastItsTimeGoesUnderLoadAndEveryPromiseHolds() {
        try (OwnServers servers = new OwnServers("removal");
                Pipeline pipeline = pipeline(servers)) {
            PostgresAccess table = new PostgresAccess(servers.postgresUri());
            ApiClient staff = pipeline.api("shop", "staff", "admin");
            List<JsonObject> orders = Shop.orders(OLD);
            String first = staff.post(orders.get(0)).json().getString("position");
            for (JsonObject order : orders.subList(1, OLD)) {
                assertEquals(201, staff.post(order).status());
            }
            assertEquals("duplicate", staff.post(orders.get(3)).json().getString("status"));
            String head = staff.head(Shop.ORDERS);
            try (SocketClient client = pipeline.socket("s-live", "staff");
                    PacedLoad load = PacedLoad.start(staff, 2)) {
                StreamLog live = client.subscribe(Shop.ORDERS, head);
                load.awaitNext(50, 201, 202);
                store(table, 20_000, "-1 hour");
                table.tell("update events e set committed_at = committed_at - interval '31 days' from streams s"
                        + " where s.id = e.stream and s.name = 'orders' and e.pos <= " + OLD);
                await().atMost(REMOVAL).until(() -> left(table) == 0 && oldest(table, Shop.ORDERS) == OLD + 1);
                load.awaitNext(50, 201, 202);
                load.stop();
                await().until(() -> live.size() >= load.urgent().size());
                assertEquals(List.of(), live.faults(), "who is live notices nothing");
            }
            assertPositions(pipeline, staff, first);
            assertNothingIsKept(staff);
            ApiResponse again = staff.post(orders.get(3));
            assertEquals(201, again.status(), "past the history a repeat is an event: " + again);
            // What was removed stays counted, and the repeat counts as well.
            await().untilAsserted(() -> assertEquals(
                    table.number("select head from streams where name = 'orders'"),
                    table.number("select r.count from rollups r join kpis k on k.id = r.kpi where k.name = 'orders'"
                            + " and r.period = 'all'")));
            assertAudit(staff, orders.get(5).getJsonObject("data").getString("orderId"));
            MetricsReader metrics = new MetricsReader(pipeline.front());
            assertEquals(20_000 + OLD, metrics.sum("millrace_persistence_removed_events_total"));
            await().until(() -> metrics.sum("millrace_persistence_retention_overdue_seconds") == 0);
        }
    }

    @Test
    @Tag("long")
    void noCommitWaitsForTheRemoval() {
        int rows = Integer.getInteger("millrace.rows", 200_000);
        try (OwnServers servers = new OwnServers("removal-cost");
                Pipeline pipeline = pipeline(servers)) {
            PostgresAccess table = new PostgresAccess(servers.postgresUri());
            ApiClient staff = pipeline.api("shop", "staff");
            try (PacedLoad load = PacedLoad.start(staff, 4)) {
                load.awaitNext(500, 201, 202);
                // Past their time in so many seconds.
                store(table, rows, 40 + rows / 20_000 + " seconds");
                table.tell("checkpoint");
                int from = load.urgent().size();
                await().atMost(REMOVAL).until(() -> left(table) < rows);
                int began = load.urgent().size();
                long start = System.nanoTime();
                await().atMost(REMOVAL).until(() -> left(table) == 0);
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                int ended = load.urgent().size();
                load.stop();
                long before = p99(load.urgent().subList(from, began));
                long during = p99(load.urgent().subList(began, ended));
                System.out.printf(
                        "  %d old events gone in %.1f s; p99 of an urgent event %d ms before (%d events), %d ms meanwhile (%d)%n",
                        rows, took.toMillis() / 1e3, before, began - from, during, ended - began);
                assertTrue(began - from > 1_000 && ended - began > 1_000, "there is enough to compare");
                assertTrue(during <= 2 * Math.max(before, 5), during + " ms instead of " + before);
            }
        }
    }

    private static Pipeline pipeline(OwnServers servers) {
        return new Pipeline(
                Pipeline.Layout.ONE_PROCESS,
                Release.here(Repository.CONF),
                Repository.OUTPUTS,
                servers.running(),
                new Ports(),
                null,
                Map.of("persistence.retention.every", "1s"));
    }

    /** Events of a stream that nobody follows, whose history of thirty days ends so much later. */
    private static void store(PostgresAccess table, int rows, String later) {
        table.tell("with s as (insert into streams (name, epoch, head, changed_at) values ('products', 'abc', " + rows
                + ", 'epoch') returning id) insert into events (stream, pos, id, source, type, time, priority, data, metadata,"
                + " publisher, accepted_at, taken_at, attempts, path, committed_at)"
                + " select s.id, n, 'old-' || n, 'tests', 'product:updated', now(), 1,"
                + " json_build_object('productId', 'p-' || n % 1000, 'productName', repeat('x', 150)), '{}', 'tests', 1, 1, 0, 0,"
                + " clock_timestamp() - interval '30 days' + interval '" + later + "'"
                + " from s, generate_series(1, " + rows + ") n");
    }

    private static long left(PostgresAccess table) {
        return table.number("select head - oldest + 1 from streams where name = 'products'");
    }

    private static long oldest(PostgresAccess table, String stream) {
        return table.number("select oldest from streams where name = ?", stream);
    }

    /** Over WebSocket and HTTP; broadcast's own test has every transport. */
    private static void assertPositions(Pipeline pipeline, ApiClient staff, String first) {
        String epoch = first.substring(0, first.indexOf(':') + 1);
        JsonObject page = staff.history(Shop.ORDERS, first, 10).json();
        assertEquals(
                new JsonObject().put("from", epoch + 2).put("to", epoch + OLD).put("reason", "history"),
                page.getJsonObject("gap"));
        assertEquals(
                epoch + (OLD + 1), page.getJsonArray("events").getJsonObject(0).getString("position"));
        try (SocketClient client = pipeline.socket("s-back", "staff")) {
            StreamLog log = client.subscribe(Shop.ORDERS, staff.head(Shop.ORDERS));
            assertTrue(log.recovered());
        }
        try (SocketClient client = pipeline.socket("s-late", "staff")) {
            StreamLog log = client.subscribe(Shop.ORDERS, epoch + OLD);
            assertTrue(log.recovered(), "behind the last removed event nothing is missing");
            await().until(() -> log.size() > 0);
            assertEquals(List.of(), log.faults());
        }
    }

    private static void assertNothingIsKept(ApiClient staff) {
        JsonObject empty = staff.history(Shop.PRODUCTS, "abc:7", 10).json();
        assertEquals(new JsonArray(), empty.getJsonArray("events"));
        assertEquals("abc:20000", empty.getString("next"));
        JsonObject product = ApiClient.event(
                Shop.unique("e"), "product:created", new JsonObject().put("productId", Shop.unique("p")));
        assertEquals(202, staff.post(product).status());
        await().until(() -> !staff.history(Shop.PRODUCTS, "abc:20000", 10)
                .json()
                .getJsonArray("events")
                .isEmpty());
        JsonObject next = staff.history(Shop.PRODUCTS, "abc:20000", 10).json();
        assertEquals("abc:20001", next.getString("next"), "no offset is given twice");
        assertFalse(next.containsKey("gap"));
    }

    private static void assertAudit(ApiClient staff, String order) {
        JsonObject change = staff.get("/api/entities/order/" + order + "/history")
                .json()
                .getJsonArray("changes")
                .getJsonObject(0);
        assertTrue(change.getJsonObject("event").getBoolean("removed"), change::encode);
        assertEquals(129.5, change.getJsonObject("after").getDouble("total"));
        assertEquals(200, staff.entity("order", order).status());
    }

    private static long p99(List<PacedLoad.Result> results) {
        return results.stream()
                .mapToLong(PacedLoad.Result::ms)
                .sorted()
                .skip(results.size() * 99L / 100)
                .findFirst()
                .orElseThrow();
    }
}
