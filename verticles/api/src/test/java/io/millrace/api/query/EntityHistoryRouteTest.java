package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Recipients;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which changes of an order are shown to whom: c-3 made it, c-4 has it now. */
@SuppressWarnings("NullAway.Init")
class EntityHistoryRouteTest {
    private static final EntityRef ORDER = new EntityRef("order", "orders", "o-1");
    private static final long AT = 1_769_851_800_000_000L;

    private static final String PRECISE = "0.12345678901234567890";

    /** It was {@code {"who":"c-3","note":"x","seats":{"bob":1}}}. */
    private static final EntityHistory.Change PUT = change(
            2,
            "order:changed",
            "c-4",
            null,
            "{\"seats\":null,\"who\":\"c-4\",\"price\":" + PRECISE + "}",
            "{\"seats\":{\"bob\":1},\"who\":\"c-3\",\"price\":null}");

    private static final EntityHistory.Change REMOVED = new EntityHistory.Change(
            1, EntityHistory.Change.removed(ORDER, "p"), new Position("k1", 1), AT, "{\"who\":\"c-3\"}", null);

    private static ApiFixture fixture;
    private static EntityHistoryQuery asked = new EntityHistoryQuery(ORDER, 0, 0, 0);

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: test
                namespaces: { orders: { stream: orders } }
                types:
                  "order:changed": { namespace: orders, owner: data.who, entity: { kind: order, id: data.id, apply: merge } }
                  "order:noted": { namespace: orders, entity: { kind: order, id: data.id, apply: merge } }
                roles:
                  admin: { see: ["*"] }
                  operator: { see: ["*"], manage: ["connections"] }
                  customer: { see: ["order:changed own"] }
                  stranger: { see: [] }
                """);
        fixture.serve(Addresses.ENTITY_HISTORY, query -> {
            asked = query;
            return Future.succeededFuture(
                    switch (query.entity().id()) {
                        case "o-1" -> new EntityHistory(changes(), false);
                        case "o-put" -> new EntityHistory(List.of(PUT), true);
                        case "o-old" -> new EntityHistory(List.of(PUT, REMOVED), true);
                        default -> new EntityHistory(List.of(), true);
                    });
        });
        fixture.serve(Addresses.ENTITY, query -> {
            boolean known =
                    List.of("o-1", "o-put", "o-old").contains(query.entity().id());
            byte[] state = known ? "{\"who\":\"c-4\"}".getBytes(StandardCharsets.UTF_8) : null;
            return Future.succeededFuture(new EntityState(
                    query.entity(), known ? 4 : 0, state, new Position("k1", 9), EntityState.Level.DATABASE));
        });
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static List<EntityHistory.Change> changes() {
        return List.of(
                change(
                        5,
                        "order:changed",
                        "c-4",
                        new Recipients(Set.of(), Set.of("u-9"), Set.of()),
                        "{\"n\":5}",
                        "{\"n\":4}"),
                change(4, "order:changed", "c-4", null, "{\"who\":\"c-4\"}", "{\"who\":\"c-3\"}"),
                change(3, "order:noted", null, null, "{\"note\":\"x\"}", "{\"note\":null}"),
                change(2, "order:changed", "c-3", null, "{\"who\":\"c-3\"}", null));
    }

    private static EntityHistory.Change change(
            int version,
            String type,
            @Nullable String owner,
            @Nullable Recipients target,
            String after,
            @Nullable String before) {
        Event event = Event.builder("e-" + version, type, "shop").target(target).stream("orders")
                .owner(owner)
                .entity(ORDER)
                .publisher("p")
                .data(("{\"who\":\"c-4\",\"note\":\"x\",\"price\":" + PRECISE + "}").getBytes(StandardCharsets.UTF_8))
                .build();
        return new EntityHistory.Change(version, event, new Position("k1", version), AT, after, before);
    }

    @Test
    void whoSeesAllSeesEachChangeInBothDirectionsAndTheNextPage() {
        ApiResponse answer = get("u-1", "admin", "o-1", "");
        assertEquals(List.of(4, 3, 2), versions(answer), "one is addressed to others");
        assertEquals(
                "{\"version\":4,\"at\":\"2026-01-31T09:30:00Z\",\"event\":{\"id\":\"e-4\",\"source\":\"shop\",\"type\":\"order:changed\","
                        + "\"position\":\"k1:4\"},\"after\":{\"who\":\"c-4\"},\"before\":{\"who\":\"c-3\"}}",
                changes(answer).getJsonObject(0).encode());
        assertEquals(null, changes(answer).getJsonObject(2).getValue("before"));
        assertEquals(2, answer.json().getInteger("next"));
        assertEquals(
                "p", changes(get("op", "operator", "o-1", "")).getJsonObject(0).getString("by"));
    }

    @Test
    void whoSeesOnlyOwnEntitiesSeesOwnChangesWithoutWhatWasBefore() {
        ApiResponse own = get("c-4", "customer", "o-1", "");
        assertEquals(List.of(4), versions(own));
        JsonObject change = changes(own).getJsonObject(0);
        assertFalse(change.containsKey("before"), change::encode);
        assertFalse(change.encode().contains("c-3"), change::encode);
        assertFalse(change.encode().contains("k1:"), change::encode);
    }

    @Test
    void whatTheStateBeforeHadIsNeitherToldNorToBeConcludedByWhoSeesOnlyOwnEntities() {
        String own = get("c-4", "customer", "o-put", "").body();
        assertTrue(own.contains("\"after\":{\"who\":\"c-4\",\"note\":\"x\",\"price\":" + PRECISE + "}"), own);
        assertFalse(own.contains("seats"), own);
        String all = get("u-1", "admin", "o-put", "").body();
        assertTrue(all.contains("\"after\":{\"seats\":null,\"who\":\"c-4\",\"price\":" + PRECISE + "}"), all);
    }

    @Test
    void aChangeOutlivesItsEventForThoseWhoSeeAll() {
        ApiResponse all = get("op", "operator", "o-old", "");
        assertEquals(List.of(2, 1), versions(all));
        assertEquals(
                "{\"version\":1,\"at\":\"2026-01-31T09:30:00Z\",\"event\":{\"removed\":true,\"position\":\"k1:1\"},"
                        + "\"after\":{\"who\":\"c-3\"},\"before\":null,\"by\":\"p\"}",
                changes(all).getJsonObject(1).encode());
        assertEquals(
                List.of(2), versions(get("c-4", "customer", "o-old", "")), "it is unknown who could see the event");
    }

    @Test
    void anEntityOfOthersAndAMissingOneAreAnsweredAlike() {
        ApiResponse hidden = get("c-3", "customer", "o-1", "");
        ApiResponse missing = get("c-3", "customer", "o-2", "");
        assertEquals(403, hidden.status());
        assertEquals(missing.body(), hidden.body());
        assertEquals(403, get("c-4", "stranger", "o-1", "").status());
        assertEquals(404, get("u-1", "admin", "o-2", "").status());
        assertEquals(
                401, fixture.anonymous().get("/api/entities/order/o-1/history").status());
    }

    @Test
    void aPageIsBounded() {
        get("u-1", "admin", "o-1", "?before=7&limit=3");
        assertEquals(new EntityHistoryQuery(ORDER, 7, 3, 1 << 20), asked);
        get("u-1", "admin", "o-1", "");
        assertEquals(new EntityHistoryQuery(ORDER, Long.MAX_VALUE, 20, 1 << 20), asked);
        assertEquals(400, get("u-1", "admin", "o-1", "?limit=101").status());
    }

    private static ApiResponse get(String user, String role, String id, String query) {
        return fixture.api(user, role).get("/api/entities/order/" + id + "/history" + query);
    }

    private static JsonArray changes(ApiResponse answer) {
        assertEquals(200, answer.status(), answer::toString);
        return answer.json().getJsonArray("changes");
    }

    private static List<Integer> versions(ApiResponse answer) {
        return changes(answer).stream()
                .map(change -> ((JsonObject) change).getInteger("version"))
                .toList();
    }
}
