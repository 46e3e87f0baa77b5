package io.millrace.api.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which events of an id are shown to whom. */
@SuppressWarnings("NullAway.Init")
class EventRouteTest {
    private static final String PRECISE = "0.12345678901234567890";

    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces: { orders: { stream: orders } }
                types: { "order:created": { namespace: orders, owner: data.who } }
                roles: { admin: { see: ["*"] }, customer: { see: ["order:* own"] } }
                """);
        fixture.serve(
                Addresses.JOURNEY,
                query -> Future.succeededFuture(new Journeys(journeys(query.id()).stream()
                        .filter(one ->
                                query.source() == null || one.event().source().equals(query.source()))
                        .toList())));
        fixture.serve(Addresses.QUEUE_SEARCH, query -> Future.succeededFuture(new Journeys(List.of())));
        fixture.serve(Addresses.HISTORY, query -> {
            long offset = query.after() + 1;
            Event event = event("" + offset, "s-" + offset);
            CommittedEvent committed = new CommittedEvent(event, new Position("k1", offset), 1, null);
            return Future.succeededFuture(new HistoryPage("orders", "k1", 1, 99, List.of(committed)));
        });
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static List<Journey> journeys(String id) {
        return switch (id) {
            case "one" -> List.of(committed("s-7", "k1", 7));
            case "precise" -> List.of(committed("s-77", "k1", 77));
            case "reset" -> List.of(committed("s-7", "k0", 7));
            case "dead" ->
                List.of(new Journey(
                        event("dead", "shop").envelope(),
                        null,
                        null,
                        0,
                        null,
                        0,
                        List.of(new Stop(Happened.DEAD, 5, 5, "version_conflict", "why", null))));
            case "many" -> {
                List<Journey> all = new ArrayList<>();
                for (int i = 1; i <= 12; i++) {
                    all.add(committed("s-" + i, "k1", i));
                }
                yield all;
            }
            default -> List.of();
        };
    }

    @Test
    void anEventIsShownAsItWasDelivered() {
        JsonObject one = events("admin", "one").getJsonObject(0);
        assertEquals("committed", one.getString("status"));
        assertEquals(
                "{\"kind\":\"order\",\"id\":\"o-1\"}",
                one.getJsonObject("entity").encode());
        assertEquals(
                "{\"type\":\"update\",\"timestamp\":\"1970-01-01T00:00:00Z\",\"stream\":\"orders\",\"position\":\"k1:7\","
                        + "\"priority\":\"normal\",\"data\":{\"id\":\"7\",\"type\":\"order:created\",\"source\":\"s-7\","
                        + "\"data\":{\"total\":1.5},\"metadata\":{}}}",
                one.getJsonObject("message").encode());
    }

    @Test
    void aNumberKeepsItsDigits() {
        String body = get("u-1", "admin", "precise").body();
        assertTrue(body.contains("{\"total\":" + PRECISE + "}"), body);
    }

    @Test
    void anOwnerGetsASealedPositionAndAnotherUserTheAnswerAboutAnUnknownEvent() {
        JsonObject own =
                get("c-4", "customer", "one").json().getJsonArray("events").getJsonObject(0);
        assertTrue(own.getJsonObject("message").getString("position").startsWith("s."), own::encode);
        ApiResponse other = get("c-5", "customer", "one");
        ApiResponse none = get("c-5", "customer", "none");
        assertEquals(404, other.status());
        assertEquals(none.body(), other.body().replace("one", "none"));
    }

    @Test
    void ofAnEventThatIsNotCommittedOrOfAResetStreamThereIsOnlyItsName() {
        JsonObject dead = events("admin", "dead").getJsonObject(0);
        assertEquals("dead", dead.getString("status"));
        assertFalse(dead.containsKey("message"));
        assertFalse(events("admin", "reset").getJsonObject(0).containsKey("message"));
    }

    @Test
    void anIdOfManySourcesIsAnsweredWithTenOfThemAndWithItsSourceWithOne() {
        ApiResponse many = get("c-4", "admin", "many");
        assertEquals(10, many.json().getJsonArray("events").size());
        assertTrue(many.json().getBoolean("more"));
        ApiResponse one = get("c-4", "admin", "many?source=s-12");
        assertEquals(1, one.json().getJsonArray("events").size());
        assertNull(one.json().getBoolean("more"));
    }

    private static JsonArray events(String role, String id) {
        ApiResponse answer = get("u-1", role, id);
        assertEquals(200, answer.status(), answer::toString);
        return answer.json().getJsonArray("events");
    }

    private static ApiResponse get(String user, String role, String id) {
        return fixture.api(user, role).get("/api/events/" + id);
    }

    private static Journey committed(String source, String epoch, long offset) {
        Event event = event("" + offset, source).envelope();
        return new Journey(event, CommitPath.DIRECT, new Position(epoch, offset), 1, null, 9, List.of());
    }

    private static Event event(String id, String source) {
        return Event.builder(id, "order:created", source)
                .data(("{\"total\":" + (id.equals("77") ? PRECISE : "1.5") + "}").getBytes(StandardCharsets.UTF_8))
                .stream("orders")
                .owner("c-4")
                .entity(new EntityRef("order", "orders", "o-1"))
                .publisher("p")
                .build();
    }
}
