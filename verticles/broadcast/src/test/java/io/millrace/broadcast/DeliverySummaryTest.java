package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.DeliverySummary.Trace;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.testkit.client.SocketClient;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who got an event and who did not, of all connections, and what is remembered of an event that nobody got. */
@Timeout(60)
class DeliverySummaryTest {
    private final BroadcastFixture front = new BroadcastFixture("recent.events", "16");
    private final List<SocketClient> clients = new ArrayList<>();

    DeliverySummaryTest() throws Exception {}

    @AfterEach
    void end() {
        clients.forEach(SocketClient::close);
        front.close();
    }

    @Test
    void everyConnectionIsCountedByWhatBecameOfTheEventWithAFewExamples() throws Exception {
        for (int i = 0; i < 4; i++) {
            connect("s-" + i, "staff").subscribe(StreamStore.STREAM);
        }
        subscribe(connect("filtering", "staff"), "{\"data.total\":{\"gt\":5}}");
        connect("bert", "customer").subscribe(StreamStore.STREAM);
        connect("idle", "staff");
        front.store.change("o-1", "{\"total\":3}");
        await().until(() -> clients.get(0).log(StreamStore.STREAM).ids().size() == 1);

        DeliverySummary.Node node = summary(3);
        assertEquals(Trace.MATCHED, node.trace());
        assertEquals(
                Map.of(
                        DeliveryStatus.DELIVERED, 4L,
                        DeliveryStatus.FILTERED, 1L,
                        DeliveryStatus.NOT_PERMITTED, 1L,
                        DeliveryStatus.NOT_SUBSCRIBED, 1L),
                counts(node));
        DeliverySummary.Outcome delivered = node.outcomes().get(0);
        assertEquals(3, delivered.examples().size(), "so many were asked for");
        assertTrue(delivered.examples().get(0).user().startsWith("s-"));
        assertTrue(delivered.examples().get(0).atMicros() > 0);
        assertEquals("filtering", example(node, DeliveryStatus.FILTERED));
        assertEquals("bert", example(node, DeliveryStatus.NOT_PERMITTED));
        assertEquals("idle", example(node, DeliveryStatus.NOT_SUBSCRIBED));
        assertTrue(summary(0).outcomes().stream()
                .allMatch(outcome -> outcome.examples().isEmpty()));
    }

    @Test
    void moreConnectionsThanOneTurnAsksAreAllCounted() throws Exception {
        int many = 620;
        for (int i = 0; i < many; i++) {
            connect("u-" + i, "staff");
        }
        clients.get(0).subscribe(StreamStore.STREAM);
        front.store.commit(1);
        await().until(() -> clients.get(0).log(StreamStore.STREAM).ids().size() == 1);
        assertEquals(
                Map.of(DeliveryStatus.DELIVERED, 1L, DeliveryStatus.NOT_SUBSCRIBED, many - 1L), counts(summary(5)));
    }

    @Test
    void anEventThatMatchedNoSubscriptionLeavesATraceUntilItIsTooOld() throws Exception {
        front.store.commit(1);
        assertEquals(Trace.NOT_FOLLOWED, summary(1).trace(), "no client was there");
        SocketClient filtering = connect("filtering", "staff");
        subscribe(filtering, "{\"data.total\":{\"gt\":5}}");
        front.store.change("o-1", "{\"total\":3}");
        CommittedEvent unmatched = front.store.last();
        front.store.change("o-2", "{\"total\":7}");
        await().until(() -> filtering.log(StreamStore.STREAM).ids().size() == 1);
        assertEquals(Trace.UNMATCHED, summary(unmatched, 1).trace());
        assertEquals(Trace.MATCHED, summary(1).trace());
        front.store.commit(16);
        await().until(() -> summary(unmatched, 1).trace() == Trace.FORGOTTEN);
    }

    @Test
    void anEventThatANewerOneReplacedWasMatched() throws Exception {
        SocketClient slow = connect("s-1", "staff");
        slow.subscribe(new JsonObject()
                .put("type", "subscribe")
                .put("stream", StreamStore.STREAM)
                .put("rate", 2));
        // The first one starts an interval, of the others only the last is sent.
        front.store.change("o-1", "{\"total\":1}");
        front.store.change("o-1", "{\"total\":2}");
        CommittedEvent replaced = front.store.last();
        front.store.change("o-1", "{\"total\":3}");
        await().until(() -> slow.log(StreamStore.STREAM).ids().contains("3"));
        DeliverySummary.Node node = summary(replaced, 1);
        assertEquals(Trace.MATCHED, node.trace());
        assertEquals(Map.of(DeliveryStatus.CONFLATED, 1L), counts(node));
    }

    @Test
    void aNodeThatDoesNotAnswerIsNamed() throws Exception {
        front.bus.publish(Addresses.PEERS, new NodeInfo("gone", 1, false, List.of(), List.of()));
        front.store.commit(1);
        await().until(() -> all(front.store.last(), 1).nodes().size() == 2);
        DeliverySummary.Node gone = all(front.store.last(), 1).nodes().get(1);
        assertEquals(new DeliverySummary.Node("gone", Trace.UNANSWERED, List.of()), gone);
    }

    private SocketClient connect(String user, String role) {
        SocketClient client = front.connect(user, role);
        clients.add(client);
        return client;
    }

    private static void subscribe(SocketClient client, String filter) {
        client.subscribe(new JsonObject()
                .put("type", "subscribe")
                .put("stream", StreamStore.STREAM)
                .put("filter", new JsonObject(filter)));
    }

    private DeliverySummary.Node summary(int examples) throws Exception {
        return summary(front.store.last(), examples);
    }

    private DeliverySummary.Node summary(CommittedEvent event, int examples) throws Exception {
        return all(event, examples).nodes().get(0);
    }

    private DeliverySummary all(CommittedEvent event, int examples) throws Exception {
        return BroadcastFixture.done(front.bus.request(
                Addresses.DELIVERY_SUMMARY,
                new DeliverySummaryQuery(
                        event.event().envelope(), Objects.requireNonNull(event.position()), examples)));
    }

    private static Map<DeliveryStatus, Long> counts(DeliverySummary.Node node) {
        Map<DeliveryStatus, Long> counts = new TreeMap<>();
        node.outcomes().forEach(outcome -> counts.put(outcome.status(), outcome.count()));
        return counts;
    }

    private static String example(DeliverySummary.Node node, DeliveryStatus status) {
        return node.outcomes().stream()
                .filter(outcome -> outcome.status() == status)
                .flatMap(outcome -> outcome.examples().stream())
                .findFirst()
                .orElseThrow()
                .user();
    }
}
