package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Events that were in time when they were accepted, and weren't any more when their turn came. */
@Order(23)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class ExpiryTest {
    private static final Duration LIFE = Duration.ofSeconds(2);

    private final RunningBackends backends;
    private final ApiClient staff;
    private final MillraceProcess queue;
    private final List<MetricsReader> persistence;
    private final String stocks;

    ExpiryTest(Pipeline pipeline) {
        this.backends = (RunningBackends) pipeline.backends();
        this.staff = pipeline.api("shop", "staff");
        this.queue = pipeline.processes().get(1);
        this.persistence = pipeline.running("persistence").stream()
                .filter(MillraceProcess::isAlive)
                .map(MetricsReader::new)
                .toList();
        this.stocks = staff.head(Shop.INVENTORY);
    }

    @Test
    void anEventThatExpiresInTheQueueIsNotCommitted() {
        double dropped = dropped();
        queue.stop();
        List<JsonObject> events;
        try {
            events = expired();
        } finally {
            queue.launch();
            queue.awaitReady();
        }
        assertDropped(events, dropped);
        assertEquals(1, new MetricsReader(queue).sum("millrace_queue_events_total{outcome=\"expired\""));
    }

    @Test
    void whatExpiresWhilePostgresIsAwayIsNotCommitted() throws IOException {
        double dropped = dropped();
        backends.postgres().kill();
        List<JsonObject> events;
        try {
            events = expired();
        } finally {
            backends.postgres().restart();
        }
        assertDropped(events, dropped);
    }

    /** One that is in time for good, one that was; both queued. */
    private List<JsonObject> expired() {
        Instant end = Instant.now().plus(LIFE);
        JsonObject lasting = Shop.stock();
        JsonObject expiring = Shop.stock().put("metadata", new JsonObject().put("expiresAt", end.toString()));
        assertEquals(202, staff.post(expiring).status());
        assertEquals(202, staff.post(lasting).status());
        await().until(() -> Instant.now().isAfter(end));
        return List.of(lasting, expiring);
    }

    private void assertDropped(List<JsonObject> events, double droppedBefore) {
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> status(events.get(0))
                .equals("committed"));
        await().until(() -> status(events.get(1)).equals("expired"));
        JsonObject journey = journey(events.get(1)).json();
        assertEquals("queue", journey.getString("path"));
        JsonObject end = journey.getJsonArray("stages").getJsonObject(2);
        assertEquals("persistence expired", end.getString("stage") + " " + end.getString("outcome"));
        assertEquals(List.of(events.get(0).getString("id")), Shop.eventIds(staff.historyAfter(Shop.INVENTORY, stocks)));
        assertEquals(droppedBefore + 1, dropped());
    }

    private double dropped() {
        return persistence.stream()
                .mapToDouble(process -> process.sum("millrace_persistence_expired_events_total"))
                .sum();
    }

    private String status(JsonObject event) {
        return journey(event).json().getString("status", "");
    }

    private ApiResponse journey(JsonObject event) {
        return staff.get("/api/events/" + event.getString("id") + "/journey");
    }
}
