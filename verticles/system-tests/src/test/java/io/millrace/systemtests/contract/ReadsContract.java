package io.millrace.systemtests.contract;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Entities, history, metrics and probes over HTTP. */
interface ReadsContract {
    Pipeline pipeline();

    @Test
    default void anEntityIsMergedOfItsEventsAndCountsThem() {
        ApiClient staff = pipeline().api("shop", "staff");
        String orderId = Shop.unique("o");
        staff.post(Shop.order(orderId, "c-1"));
        ApiResponse first = staff.entity("order", orderId, "Cache-Control", "no-cache");
        JsonObject change = new JsonObject().put("orderId", orderId).put("status", "shipped");
        ApiResponse posted = staff.post(ApiClient.event(Shop.unique("e"), "order:updated", change));

        ApiResponse second = staff.entity("order", orderId, "Cache-Control", "no-cache");

        assertEquals(200, first.status(), first::toString);
        assertEquals(1, first.json().getInteger("version"));
        assertEquals("\"2\"", second.header("ETag"));
        assertEquals(2, second.json().getInteger("version"));
        assertEquals(posted.json().getString("position"), second.json().getString("position"));
        assertEquals(
                Shop.orderData(orderId, "c-1").put("status", "shipped"),
                second.json().getJsonObject("state"));
        ApiResponse unchanged = staff.entity("order", orderId, "Cache-Control", "no-cache", "If-None-Match", "\"2\"");
        assertEquals(304, unchanged.status(), unchanged::toString);
        assertEquals(404, staff.entity("order", Shop.unique("o")).status());
        assertEquals(
                403, pipeline().api("c-2", "customer").entity("order", orderId).status());
    }

    @Test
    default void anOldExpectedVersionIsRefused() {
        ApiClient staff = pipeline().api("shop", "staff");
        String orderId = Shop.unique("o");
        staff.post(Shop.order(orderId, "c-1"));
        JsonObject first = new JsonObject().put("expectedVersion", 1);

        ApiResponse fits = staff.post(Shop.order(orderId, "c-1").put("metadata", first));
        ApiResponse late = staff.post(Shop.order(orderId, "c-1").put("metadata", first));

        assertEquals(201, fits.status(), fits::toString);
        assertEquals(409, late.status(), late::toString);
        assertEquals("version_conflict", late.json().getString("code"));
        assertEquals(2, late.json().getLong("version"));
        assertEquals(
                "the order " + orderId + " is at version 2, not 1", late.json().getString("detail"));
    }

    @Test
    default void aReadComesFromTheNearestPlaceThatHasIt() {
        ApiClient staff = pipeline().api("shop", "staff");
        String orderId = Shop.unique("o");
        staff.post(Shop.order(orderId, "c-1"));
        assertEquals(
                "database",
                staff.entity("order", orderId, "Cache-Control", "no-cache").header("X-Cache"));
        RedisAccess redis = new RedisAccess(pipeline().backends().redisUri());
        await().until(() -> redis.hasKeyOfEntity(orderId));

        // What was written is near at once; when that has expired (a second, in tests) Redis has it, and then it is
        // near.
        await().untilAsserted(() ->
                assertEquals("near", staff.entity("order", orderId).header("X-Cache")));
        await().untilAsserted(() ->
                assertEquals("redis", staff.entity("order", orderId).header("X-Cache")));
        assertEquals("near", staff.entity("order", orderId).header("X-Cache"));

        staff.post(Shop.order(orderId, "c-9"));
        await().untilAsserted(() -> assertEquals(
                "c-9",
                staff.entity("order", orderId).json().getJsonObject("state").getString("customerId")));
    }

    @Test
    default void historyIsReadPageByPage() {
        ApiClient staff = pipeline().api("shop", "staff");
        String before = staff.head(Shop.ORDERS);
        List<JsonObject> orders = Shop.orders(25);
        staff.post(orders);

        List<String> read = new ArrayList<>();
        String after = before;
        for (int expected : new int[] {10, 10, 5, 0}) {
            ApiResponse page = staff.history(Shop.ORDERS, after, 10);
            List<JsonObject> events = page.json().getJsonArray("events").stream()
                    .map(JsonObject.class::cast)
                    .toList();
            assertEquals(expected, events.size(), page::toString);
            read.addAll(Shop.eventIds(events));
            after = page.json().getString("next");
        }
        assertEquals(Shop.ids(orders), read);
        assertEquals(staff.head(Shop.ORDERS), after);
        assertEquals(400, staff.history(Shop.ORDERS, "nonsense", 10).status());
        assertEquals(
                403,
                pipeline().api("g-1", "guest").history(Shop.ORDERS, null, 10).status());
    }

    @Test
    default void everyProcessServesItsHealthAndItsMetrics() {
        for (MillraceProcess process : pipeline().processes()) {
            ApiClient management = new ApiClient(process.managementUri("/"), null);
            assertEquals("ready", management.get("/health/ready").json().getString("status"));
            assertEquals(200, management.get("/health/live").status());
            assertEquals(200, management.get("/health/started").status());
            ApiResponse metrics = management.get("/metrics");
            assertEquals(200, metrics.status());
            assertTrue(metrics.body().contains("jvm_memory_used_bytes"), metrics::body);
        }
        String ingest = new ApiClient(pipeline().front().managementUri("/"), null)
                .get("/metrics")
                .body();
        assertTrue(ingest.contains("millrace_ingest_events_total{outcome=\"committed\"}"), ingest);
    }

    /** Asked at one node, each tells about itself. */
    @Test
    default void everyNodeTellsWhatItsStagesCountAndTheSettingsItRunsWith() {
        ApiClient admin = pipeline().api("boss", "admin");
        List<String> stages =
                List.of("ingest", "router", "queue", "persistence", "cache", "broadcast", "aggregate", "api");
        int all = pipeline().processes().size();
        await().until(() -> nodes(admin).size() == all
                && nodes(admin).stream()
                        .flatMap(node -> node.getJsonObject("figures").fieldNames().stream())
                        .collect(Collectors.toSet())
                        .containsAll(stages));
        Set<String> ports = new TreeSet<>();
        for (JsonObject node : nodes(admin)) {
            ApiResponse answer = admin.get(
                    "/api/configuration?node=" + URLEncoder.encode(node.getString("node"), StandardCharsets.UTF_8));
            assertFalse(answer.body().contains(Pipeline.SECRET));
            objects(answer.json().getJsonArray("settings"))
                    .filter(setting -> setting.getString("setting").equals("management.port"))
                    .forEach(setting -> ports.add(setting.getString("value")));
        }
        assertEquals(all, ports.size(), "each node its own");
    }

    private static List<JsonObject> nodes(ApiClient admin) {
        return objects(admin.get("/api/cluster").json().getJsonArray("nodes")).toList();
    }

    private static Stream<JsonObject> objects(JsonArray list) {
        return list.stream().map(JsonObject.class::cast);
    }
}
