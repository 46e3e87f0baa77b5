package io.millrace.systemtests.contract;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code POST /api/events}: what is taken, what is refused, and what each is told. */
interface PublishingContract {
    String CLOUDEVENT = "application/cloudevents+json";
    String CLOUDEVENTS = "application/cloudevents-batch+json";

    Pipeline pipeline();

    @Test
    default void anUrgentEventIsAlreadyStoredWhenItIsAnswered() {
        ApiClient staff = pipeline().api("shop", "staff");
        String before = staff.head(Shop.ORDERS);
        JsonObject order = Shop.order();

        ApiResponse answer = staff.post(order);

        assertEquals(201, answer.status(), answer::toString);
        assertEquals("committed", answer.json().getString("status"));
        assertEquals(order.getString("id"), answer.json().getString("id"));
        assertEquals(Shop.ORDERS, answer.json().getString("stream"));
        JsonObject stored = staff.historyAfter(Shop.ORDERS, before).get(0);
        assertEquals(answer.json().getString("position"), stored.getString("position"));
        assertEquals(order.getJsonObject("data"), stored.getJsonObject("data").getJsonObject("data"));
        assertEquals("shop", stored.getJsonObject("data").getString("source"));
    }

    @Test
    default void anOrdinaryEventIsQueuedAndSoonInHistory() {
        ApiClient staff = pipeline().api("shop", "staff");
        String before = staff.head(Shop.INVENTORY);
        JsonObject stock = Shop.stock();

        ApiResponse answer = staff.post(stock);

        assertEquals(202, answer.status(), answer::toString);
        assertEquals("queued", answer.json().getString("status"));
        await().untilAsserted(() -> assertEquals(
                List.of(stock.getString("id")), Shop.eventIds(staff.historyAfter(Shop.INVENTORY, before))));
    }

    @Test
    default void eachEventOfAnArrayIsAnsweredForItself() {
        JsonObject wrong = Shop.order();
        wrong.getJsonObject("data").put("total", "a lot");
        JsonObject unknown = ApiClient.event(Shop.unique("e"), "order:vanished", new JsonObject());

        ApiResponse answer = pipeline().api("shop", "staff").post(List.of(Shop.order(), wrong, Shop.stock(), unknown));

        assertEquals(207, answer.status(), answer::toString);
        List<JsonObject> results = answer.results();
        assertEquals(List.of("committed", "failed", "queued", "failed"), statuses(results));
        assertEquals("invalid_event", results.get(1).getString("code"));
        assertEquals(wrong.getString("id"), results.get(1).getString("id"));
        assertEquals(
                "/data/total",
                results.get(1).getJsonArray("errors").getJsonObject(0).getString("pointer"));
        assertEquals("unknown_type", results.get(3).getString("code"));
    }

    @Test
    default void aBrokenLineOfNdjsonHarmsOnlyItself() {
        String lines = Shop.order().encode() + "\n{\"type\":\n\n" + Shop.order().encode() + "\n";

        ApiResponse answer = pipeline().api("shop", "staff").post("application/x-ndjson", lines);

        assertEquals(207, answer.status(), answer::toString);
        assertEquals(List.of("committed", "failed", "committed"), statuses(answer.results()));
        assertEquals("bad_message", answer.results().get(1).getString("code"));
        assertTrue(answer.results().get(1).getString("detail").startsWith("line 2: "), answer::toString);
    }

    @Test
    default void aCloudEventIsTakenInEachOfItsForms() {
        ApiClient manager = pipeline().api("shop", "manager");
        String before = manager.head(Shop.ORDERS);
        String data = Shop.orderData(Shop.unique("o"), "c-1").encode();
        String binary = Shop.unique("ce");

        ApiResponse one = manager.post(
                "application/json",
                data,
                "ce-specversion",
                "1.0",
                "ce-id",
                binary,
                "ce-type",
                "order:created",
                "ce-source",
                "shop/eu",
                "ce-priority",
                "high");
        JsonObject structured = cloudEvent();
        ApiResponse two = manager.post(CLOUDEVENT, structured.encode());
        JsonObject batched = cloudEvent();
        ApiResponse three = manager.post(CLOUDEVENTS, new JsonArray(List.of(batched)).encode());

        assertEquals(201, one.status(), one::toString);
        assertEquals(201, two.status(), two::toString);
        assertEquals(207, three.status(), three::toString);
        List<JsonObject> stored = manager.historyAfter(Shop.ORDERS, before);
        assertEquals(List.of(binary, structured.getString("id"), batched.getString("id")), Shop.eventIds(stored));
        assertEquals("shop/eu", stored.get(0).getJsonObject("data").getString("source"));
        assertEquals("2026-01-31T09:30:00.123Z", stored.get(1).getString("timestamp"));
    }

    @Test
    default void anInvalidEventIsRefusedWithThePlaceAndTheReason() {
        JsonObject order = Shop.order();
        order.getJsonObject("data").put("total", "a lot").put("status", "");

        ApiResponse answer = pipeline().api("shop", "staff").post(order);

        assertEquals(422, answer.status(), answer::toString);
        assertEquals("application/problem+json", answer.header("Content-Type"));
        assertEquals("invalid_event", answer.json().getString("code"));
        List<String> pointers = answer.json().getJsonArray("errors").stream()
                .map(error -> ((JsonObject) error).getString("pointer"))
                .sorted()
                .toList();
        assertEquals(List.of("/data/status", "/data/total"), pointers);
    }

    @Test
    default void theSameEventTwiceIsOneRowAndTheSameAnswer() {
        ApiClient staff = pipeline().api("shop", "staff");
        JsonObject order = Shop.order();
        String position = staff.post(order).json().getString("position");

        ApiResponse again = staff.post(order);
        assertEquals(200, again.status(), again::toString);
        assertEquals("duplicate", again.json().getString("status"));
        assertEquals(position, again.json().getString("position"));

        ApiResponse other = staff.post(order.copy().put("data", Shop.orderData(Shop.unique("o"), "c-2")));
        assertEquals(409, other.status(), other::toString);
        assertEquals("id_conflict", other.json().getString("code"));
        assertEquals(position, staff.head(Shop.ORDERS));
    }

    @Test
    default void aPublisherWithoutPermissionIsRefused() {
        ApiResponse nobody = new ApiClient(pipeline().front().uri("/"), null).post(Shop.order());
        ApiResponse forged = new ApiClient(pipeline().front().uri("/"), "e30.e30.e30").post(Shop.order());
        ApiResponse customer = pipeline().api("c-1", "customer").post(Shop.order());

        assertEquals(401, nobody.status(), nobody::toString);
        assertEquals(401, forged.status(), forged::toString);
        assertEquals(403, customer.status(), customer::toString);
        assertEquals("permission_denied", customer.json().getString("code"));
    }

    @Test
    default void aForeignSourceAndAnEntityEventWithRecipientsAreRefusedOnEveryInterface() {
        JsonObject foreign = ApiClient.event(
                Shop.unique("e"),
                "customer:added_to_cart",
                new JsonObject().put("customerId", "c-2").put("productId", "p"));
        JsonObject addressed = Shop.order()
                .put(
                        "metadata",
                        new JsonObject().put("target", new JsonObject().put("users", new JsonArray().add("c-2"))));
        refusedThroughEveryDoor("c-1", "customer", foreign, "permission_denied", "data.customerId must be \"c-1\"");
        refusedThroughEveryDoor("shop", "staff", addressed, "invalid_event", "/metadata/target");
        JsonObject own =
                foreign.copy().put("data", foreign.getJsonObject("data").copy().put("customerId", "c-1"));
        assertEquals(202, pipeline().api("c-1", "customer").post(own).status());
    }

    private void refusedThroughEveryDoor(String user, String role, JsonObject event, String code, String why) {
        ApiClient api = pipeline().api(user, role);
        JsonObject one = api.post(event).json();
        JsonObject many = api.post(List.of(event)).results().get(0);
        JsonObject line =
                api.post("application/x-ndjson", event.encode()).results().get(0);
        for (JsonObject refused : List.of(one, many, line)) {
            assertEquals(code, refused.getString("code"), refused::encode);
            assertTrue(refused.getString("detail").startsWith(why), refused::encode);
        }
        try (SocketClient socket = pipeline().socket(user, role)) {
            socket.send(new JsonObject()
                    .put("type", "publish")
                    .put("id", 1)
                    .put("event", event)
                    .encode());
            await().until(() -> socket.last("error") != null);
            assertEquals(code, socket.last("error").getString("code"));
            assertTrue(socket.last("error").getString("message").startsWith(why), socket.last("error")::encode);
        }
    }

    private static JsonObject cloudEvent() {
        return new JsonObject()
                .put("specversion", "1.0")
                .put("id", Shop.unique("ce"))
                .put("type", "order:created")
                .put("source", "shop/eu")
                .put("time", "2026-01-31T09:30:00.123Z")
                .put("data", Shop.orderData(Shop.unique("o"), "c-1"));
    }

    private static List<String> statuses(List<JsonObject> results) {
        return results.stream().map(result -> result.getString("status")).toList();
    }
}
