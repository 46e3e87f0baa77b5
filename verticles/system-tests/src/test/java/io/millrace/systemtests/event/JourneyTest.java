package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What an event's journey says, when each stage is another process. */
@Order(22)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class JourneyTest {
    private final Pipeline pipeline;
    private final ApiClient staff;

    JourneyTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.staff = pipeline.api("shop", "staff");
    }

    @Test
    void anUrgentEventGoesStraightToTheCommit() {
        Instant before = Instant.now();
        JsonObject order = Shop.order();
        ApiResponse posted = staff.post(order);
        JsonObject journey = journey(staff, order).json();
        assertEquals("committed", journey.getString("status"));
        assertEquals("direct", journey.getString("path"));
        assertEquals(List.of("ingest accepted", "persistence committed"), stages(journey));
        JsonObject committed = journey.getJsonArray("stages").getJsonObject(1);
        assertEquals(posted.json().getString("position"), committed.getString("position"));
        assertEquals(1, committed.getInteger("entityVersion"));
        assertInOrder(journey, before);
    }

    @Test
    void anOrdinaryEventGoesThroughTheQueue() {
        Instant before = Instant.now();
        JsonObject stock = Shop.stock();
        assertEquals(202, staff.post(stock).status());
        await().until(() -> journey(staff, stock).status() == 200);
        JsonObject journey = journey(staff, stock).json();
        assertEquals("queue", journey.getString("path"));
        assertEquals(1, journey.getInteger("attempts"));
        assertEquals(List.of("ingest accepted", "queue taken", "persistence committed"), stages(journey));
        assertInOrder(journey, before);
    }

    @Test
    void anExpiredEventWasDroppedOnItsWay() {
        Instant past = Instant.now().minusSeconds(60);
        for (JsonObject event : List.of(Shop.order(), Shop.stock())) {
            event.put("metadata", new JsonObject().put("expiresAt", past.toString()));
            ApiResponse posted = staff.post(event);
            assertEquals(200, posted.status());
            assertEquals("expired", posted.json().getString("status"));
            await().until(() -> journey(staff, event).status() == 200);
            JsonObject journey = journey(staff, event).json();
            assertEquals("expired", journey.getString("status"));
            assertNull(journey.getString("path"));
            assertEquals(List.of("ingest accepted", "router expired"), stages(journey));
        }
    }

    @Test
    void anEventThatWaitsForPostgresIsQueued() throws IOException {
        RunningBackends backends = (RunningBackends) pipeline.backends();
        JsonObject stock = Shop.stock();
        backends.postgres().kill();
        try {
            assertEquals(202, staff.post(stock).status());
            JsonObject journey = journey(staff, stock).json();
            assertEquals("queued", journey.getString("status"), journey::encode);
            assertEquals(List.of("ingest accepted", "queue queued"), stages(journey));
            assertEquals(404, journey(pipeline.api("g", "guest"), stock).status(), "as if there were none, here too");
        } finally {
            backends.postgres().restart();
        }
        await().atMost(Duration.ofSeconds(30))
                .until(() -> "committed".equals(journey(staff, stock).json().getString("status")));
    }

    @Test
    void aBadEventIsParkedThenDeadThenWhatWasDecidedAboutIt() {
        ApiClient admin = pipeline.api("op", "admin");
        JsonObject bad = Shop.poison();
        staff.post(bad);
        await().until(() -> "parked".equals(journey(staff, bad).json().getString("status")));
        JsonObject letter = DeadLettersView.await(admin, bad.getString("id"));

        JsonObject dead = journey(staff, bad).json();
        assertEquals("dead", dead.getString("status"));
        JsonObject death = dead.getJsonArray("stages").getJsonObject(1);
        assertEquals(5, death.getInteger("attempts"));
        assertEquals("version_conflict", death.getString("code"));

        JsonObject ids = new JsonObject().put("ids", new JsonArray().add(letter.getLong("id")));
        JsonObject mended = new JsonObject().put("metadata", new JsonObject().putNull("expectedVersion"));
        admin.ask("PATCH", DeadLettersView.ALL + "/" + letter.getLong("id"), mended);
        admin.ask("POST", DeadLettersView.ALL + "/redrive", ids);
        await().until(() -> "committed".equals(journey(staff, bad).json().getString("status")));
        JsonObject journey = journey(admin, bad).json();
        assertEquals(
                List.of("ingest accepted", "queue dead", "queue redriven", "queue taken", "persistence committed"),
                stages(journey));
        assertEquals("op", journey.getJsonArray("stages").getJsonObject(2).getString("by"));
    }

    @Test
    void aDiscardedEventIsDiscarded() {
        ApiClient admin = pipeline.api("op", "admin");
        JsonObject bad = Shop.poison();
        staff.post(bad);
        JsonObject letter = DeadLettersView.await(admin, bad.getString("id"));
        admin.ask(
                "POST",
                DeadLettersView.ALL + "/discard",
                new JsonObject().put("ids", new JsonArray().add(letter.getLong("id"))));
        assertEquals("discarded", journey(staff, bad).json().getString("status"));
    }

    @Test
    void aJourneyIsOnlyForUsersThatMaySeeTheEvent() {
        JsonObject order = Shop.order(Shop.unique("o"), "c-7");
        staff.post(order);
        ApiResponse owner = journey(pipeline.api("c-7", "customer"), order);
        assertEquals(200, owner.status());
        assertNull(owner.json().getJsonArray("stages").getJsonObject(1).getString("position"));
        assertEquals(404, journey(pipeline.api("c-8", "customer"), order).status());
        assertEquals(404, journey(pipeline.api("g", "guest"), order).status());
        String id = order.getString("id");
        assertEquals(
                200, staff.get("/api/events/" + id + "/journey?source=shop").status());
        assertEquals(
                404, staff.get("/api/events/" + id + "/journey?source=till").status());
    }

    private static ApiResponse journey(ApiClient api, JsonObject event) {
        return api.get("/api/events/" + event.getString("id") + "/journey");
    }

    private static List<String> stages(JsonObject journey) {
        return journey.getJsonArray("stages").stream()
                .map(JsonObject.class::cast)
                .map(stage -> stage.getString("stage") + " " + stage.getString("outcome"))
                .toList();
    }

    /** All on one clock, this machine's; PostgreSQL's own says when it committed. */
    private static void assertInOrder(JsonObject journey, Instant before) {
        List<Instant> times = journey.getJsonArray("stages").stream()
                .map(stage -> Instant.parse(((JsonObject) stage).getString("at")))
                .toList();
        assertEquals(times.stream().sorted().toList(), times);
        assertTrue(!times.get(0).isBefore(before.minusMillis(1)), times::toString);
    }
}
