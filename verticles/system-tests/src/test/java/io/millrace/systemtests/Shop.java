package io.millrace.systemtests;

import io.millrace.testkit.Api;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Events of {@code conf/domains/shop.yaml}, each about something of its own. */
final class Shop {
    static final String ORDERS = "orders";
    static final String INVENTORY = "inventory";
    static final String CUSTOMERS = "customers";
    static final String PRODUCTS = "products";
    static final String SYSTEM = "system";

    private Shop() {}

    static String unique(String prefix) {
        return prefix + "-" + UUID.randomUUID();
    }

    /** Urgent: committed before it is answered. */
    static JsonObject order(String orderId, String customerId) {
        return Api.event(unique("e"), "order:created", orderData(orderId, customerId));
    }

    static JsonObject order() {
        return order(unique("o"), "c-1");
    }

    static List<JsonObject> orders(int count) {
        List<JsonObject> orders = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            orders.add(order());
        }
        return orders;
    }

    static JsonObject orderData(String orderId, String customerId) {
        return new JsonObject()
                .put("orderId", orderId)
                .put("customerId", customerId)
                .put("total", 129.5)
                .put("status", "paid");
    }

    /** Ordinary: goes through the queue. */
    static JsonObject stock() {
        return Api.event(
                unique("e"),
                "inventory:updated",
                new JsonObject().put("productId", unique("p")).put("difference", -1));
    }

    /** Ordinary too, but for a version of its product's stock that isn't there: no attempt can commit it. */
    static JsonObject poison() {
        return stock().put("metadata", new JsonObject().put("expectedVersion", 99));
    }

    /** Over as soon as it is seen. */
    static JsonObject viewing() {
        return Api.event(unique("e"), "customer:viewing_product", new JsonObject().put("productId", unique("p")));
    }

    static List<String> ids(List<JsonObject> events) {
        return events.stream().map(event -> event.getString("id")).toList();
    }

    /** Of messages as they are delivered. */
    static List<String> eventIds(List<JsonObject> messages) {
        return messages.stream()
                .map(message -> message.getJsonObject("data").getString("id"))
                .toList();
    }
}
