package io.millrace.api.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliverySummary;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.Journeys;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who is told who got an event, and how much. */
@SuppressWarnings("NullAway.Init")
class DeliverySummaryRouteTest {
    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces: { orders: { stream: orders } }
                types: { "order:created": { namespace: orders, owner: data.who } }
                roles:
                  admin: { see: ["*"] }
                  operator: { see: ["*"], manage: ["connections"] }
                  blind: { see: [], manage: ["connections"] }
                  customer: { see: ["order:* own"] }
                """);
        fixture.serve(Addresses.JOURNEY, query -> Future.succeededFuture(new Journeys(List.of(journey(query.id())))));
        fixture.serve(Addresses.QUEUE_SEARCH, query -> Future.succeededFuture(new Journeys(List.of())));
        fixture.serve(Addresses.DELIVERY_SUMMARY, query -> Future.succeededFuture(summary(query.examples())));
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static Journey journey(String id) {
        Event event = Event.builder(id, "order:created", "shop").stream("orders")
                .owner("c-4")
                .publisher("p")
                .build();
        return id.equals("waits")
                ? new Journey(event, null, null, 0, null, 0, List.of(new Stop(Happened.DEAD, 9, 5, null, null, null)))
                : new Journey(event, CommitPath.DIRECT, new Position("k", 7), 0, null, 1, List.of());
    }

    /** Two nodes, of which one has delivered to six connections and the other to as many, and one that doesn't answer. */
    private static DeliverySummary summary(int examples) {
        List<DeliverySummary.Node> nodes = new ArrayList<>();
        for (String node : List.of("node-1", "node-2")) {
            List<DeliverySummary.Example> first = IntStream.range(0, Math.min(6, examples))
                    .mapToObj(i -> new DeliverySummary.Example(node + "/" + i, i == 0 ? "" : "u-" + i, i))
                    .toList();
            nodes.add(new DeliverySummary.Node(
                    node,
                    DeliverySummary.Trace.MATCHED,
                    List.of(new DeliverySummary.Outcome(DeliveryStatus.DELIVERED, 6, first))));
        }
        nodes.add(new DeliverySummary.Node("node-3", DeliverySummary.Trace.UNANSWERED, List.of()));
        return new DeliverySummary(nodes);
    }

    @Test
    void theOutcomesOfAllNodesAreAddedUpWithAtMostTenExamplesOfEach() {
        ApiResponse answer = get("op", "operator", "queued");
        JsonObject everyone = answer.json().getJsonObject("everyone");
        assertEquals(12, everyone.getInteger("connections"), answer::toString);
        assertEquals(
                "[{\"node\":\"node-1\",\"connections\":6,\"trace\":\"matched\"},"
                        + "{\"node\":\"node-2\",\"connections\":6,\"trace\":\"matched\"},"
                        + "{\"node\":\"node-3\",\"connections\":0,\"trace\":\"unanswered\"}]",
                everyone.getJsonArray("nodes").encode());
        JsonObject delivered = everyone.getJsonArray("outcomes").getJsonObject(0);
        assertEquals("delivered", delivered.getString("outcome"));
        assertEquals(12, delivered.getInteger("count"));
        assertEquals(10, delivered.getJsonArray("examples").size());
        assertEquals(
                "{\"connection\":\"node-1/1\",\"node\":\"node-1\",\"user\":\"u-1\",\"at\":\"1970-01-01T00:00:00.000001Z\"}",
                delivered.getJsonArray("examples").getJsonObject(1).encode());
    }

    @Test
    void onlyWhoManagesConnectionsAndMaySeeTheEventIsTold() {
        assertEquals(403, get("u-1", "admin", "queued").status());
        assertEquals(403, get("c-4", "customer", "queued").status());
        assertEquals(404, get("op", "blind", "queued").status());
    }

    @Test
    void anEventThatIsNotCommittedCanHaveReachedNobody() {
        ApiResponse waits = get("op", "operator", "waits");
        assertEquals(200, waits.status());
        assertFalse(waits.json().containsKey("everyone"));
    }

    private static ApiResponse get(String user, String role, String id) {
        return fixture.api(user, role).get("/api/events/" + id + "/journey?everyone=true");
    }
}
