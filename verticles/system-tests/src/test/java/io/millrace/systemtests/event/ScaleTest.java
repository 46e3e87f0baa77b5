package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.SteadyLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** More nodes of a stage while events flow: nobody misses one or sees one twice. */
@Order(21)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class ScaleTest {
    private static final int RATE = 200;
    private static final int HOPS = 100;

    private final Pipeline pipeline;
    private final ApiClient staff;

    ScaleTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.staff = pipeline.api("shop", "staff");
    }

    @Test
    void aSecondBroadcastAndASecondPersistenceNodeMakeNoGapUnderLoad() {
        String orders = staff.head(Shop.ORDERS);
        String stocks = staff.head(Shop.INVENTORY);
        try (SocketClient old = pipeline.socket("s-old", "staff");
                SteadyLoad load = SteadyLoad.start(staff, RATE)) {
            StreamLog oldOrders = old.subscribe(Shop.ORDERS, orders);
            StreamLog oldStocks = old.subscribe(Shop.INVENTORY, stocks);
            load.awaitMore(2 * RATE);

            List<MillraceProcess> added = pipeline.add("broadcast", "persistence");
            String token = pipeline.signer().token("s-new", "staff");
            try (SocketClient young = SocketClient.open(added.get(0).uri("/api/ws"), token)) {
                // From before the node was there: memory can't serve it, history must.
                StreamLog youngOrders = young.subscribe(Shop.ORDERS, orders);
                StreamLog youngStocks = young.subscribe(Shop.INVENTORY, stocks);
                assertGoesOnElsewhere(pipeline.broadcast(), added.get(0));
                assertGoesOnElsewhere(added.get(0), pipeline.broadcast());
                load.awaitMore(RATE);
                load.stop();

                assertEquals(List.of(), load.refusals());
                assertHas(load.orders(), Shop.ORDERS, orders, List.of(oldOrders, youngOrders));
                assertHas(load.stocks(), Shop.INVENTORY, stocks, List.of(oldStocks, youngStocks));
                assertBothCommit(added.get(1));
            }
        }
    }

    /**
     * Whoever has an event from one node asks another to go on after it, at once and again and again: that node may not
     * have heard of the event yet, and must not take the position for one that can't be kept.
     */
    private void assertGoesOnElsewhere(MillraceProcess one, MillraceProcess other) {
        String token = pipeline.signer().token("s-wanderer", "staff");
        try (SocketClient here = SocketClient.open(one.uri("/api/ws"), token);
                SocketClient there = SocketClient.open(other.uri("/api/ws"), token)) {
            StreamLog log = here.subscribe(Shop.ORDERS);
            for (int i = 0; i < HOPS; i++) {
                int seen = log.size();
                await().pollInterval(Duration.ofMillis(1)).until(() -> log.size() > seen);
                there.send(new JsonObject()
                        .put("type", "subscribe")
                        .put("stream", Shop.ORDERS)
                        .put("after", log.position())
                        .encode());
                int asked = i + 1;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> subscribed(there).size() == asked);
            }
            List<JsonObject> lost = subscribed(there).stream()
                    .filter(answer -> !answer.getBoolean("recovered"))
                    .toList();
            assertEquals(List.of(), lost);
        }
    }

    private static List<JsonObject> subscribed(SocketClient client) {
        return client.others().stream()
                .filter(message -> "subscribed".equals(message.getString("type")))
                .toList();
    }

    /** The table and each subscriber have every acknowledged event, once. */
    private void assertHas(Set<String> acknowledged, String stream, String from, List<StreamLog> logs) {
        await().until(() -> new TreeSet<>(Shop.eventIds(staff.historyAfter(stream, from))).containsAll(acknowledged));
        List<String> stored = Shop.eventIds(staff.historyAfter(stream, from));
        assertEquals(acknowledged.size(), stored.size(), "rows of " + stream);
        for (StreamLog log : logs) {
            await().until(() -> log.size() >= stored.size());
            assertEquals(List.of(), log.faults());
            assertEquals(stored, log.ids());
        }
    }

    /** Otherwise the test would show nothing. */
    private static void assertBothCommit(MillraceProcess second) {
        assertTrue(new MetricsReader(second).sum("millrace_persistence_commit_seconds_count") > 0);
    }
}
