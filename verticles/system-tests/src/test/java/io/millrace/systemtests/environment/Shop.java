package io.millrace.systemtests.environment;

import io.millrace.testkit.client.ApiClient;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Events of {@code conf/domains/shop.yaml}, each about something of its own. */
public final class Shop {
    public static final String ORDERS = "orders";
    public static final String INVENTORY = "inventory";
    public static final String CUSTOMERS = "customers";
    public static final String PRODUCTS = "products";
    public static final String SYSTEM = "system";

    private Shop() {}

    public static String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID();
    }

    /** Urgent: committed before it is answered. */
    public static JsonObject order(String orderId, String customerId) {
        return ApiClient.event(unique("e"), "order:created", orderData(orderId, customerId));
    }

    public static JsonObject order() {
        return order(unique("o"), "c-1");
    }

    public static List<JsonObject> orders(int count) {
        List<JsonObject> orders = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            orders.add(order());
        }
        return orders;
    }

    public static JsonObject orderData(String orderId, String customerId) {
        return new JsonObject()
                .put("orderId", orderId)
                .put("customerId", customerId)
                .put("total", 129.5)
                .put("status", "paid");
    }

    /** Ordinary: goes through the queue. */
    public static JsonObject stock() {
        return ApiClient.event(
                unique("e"),
                "inventory:updated",
                new JsonObject().put("productId", unique("p")).put("difference", -1));
    }

    /** Ordinary too, but for a version of its product's stock that isn't there: no attempt can commit it. */
    public static JsonObject poison() {
        return stock().put("metadata", new JsonObject().put("expectedVersion", 99));
    }

    /** Over as soon as it is seen. */
    public static JsonObject viewing() {
        return ApiClient.event(unique("e"), "customer:viewing_product", new JsonObject().put("productId", unique("p")));
    }

    public static List<String> ids(List<JsonObject> events) {
        return events.stream().map(event -> event.getString("id")).toList();
    }

    /** Of messages as they are delivered. */
    public static List<String> eventIds(List<JsonObject> messages) {
        return messages.stream()
                .map(message -> message.getJsonObject("data").getString("id"))
                .toList();
    }
}
