package io.millrace.systemtests.contract;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is posted is counted, by whatever way it comes. */
interface KpisContract {
    /** Days that no other test's events happened on. */
    String DAY = "2001-02-03T00:00:00Z";

    String NEXT_DAY = "2001-02-04T00:00:00Z";

    Pipeline pipeline();

    @Test
    default void whatIsPostedIsInTheFiguresOfTheDayOnWhichItHappened() {
        ApiClient staff = pipeline().api("shop", "staff");
        // Another layout's pipeline may have counted on the same day before.
        BigDecimal before = revenue(staff);
        String customer = Shop.unique("c");
        List<JsonObject> orders = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            orders.add(Shop.order(Shop.unique("o"), customer).put("timestamp", "2001-02-03T23:59:5" + i % 10 + "Z"));
        }
        staff.post(orders);
        // A repeat is not another order.
        staff.post(orders);
        // Through the queue: ordinary, and of a stream of its own.
        int carts = count(staff, "addedToCart");
        JsonObject cart = new JsonObject().put("productId", "p-1").put("quantity", 1);
        staff.post(ApiClient.event(Shop.unique("e"), "customer:added_to_cart", cart));

        BigDecimal expected = before.add(new BigDecimal("2590"));
        await().untilAsserted(() -> assertEquals(
                0, expected.compareTo(revenue(staff)), () -> revenue(staff).toPlainString()));
        await().until(() -> count(staff, "addedToCart") == carts + 1);
        assertEquals(
                403,
                pipeline()
                        .api(customer, "customer")
                        .get("/api/kpis/revenue?by=day")
                        .status());
    }

    @Test
    default void aKpisStreamHasTheFigureOfTheApi() {
        ApiClient staff = pipeline().api("shop", "staff");
        try (SocketClient client = pipeline().socket("s-1", "staff");
                SocketClient customer = pipeline().socket("c-1", "customer")) {
            StreamLog log = client.subscribe("kpi:addedToCart");
            await().until(() -> log.size() > 0);
            customer.send("{\"type\":\"subscribe\",\"stream\":\"kpi:addedToCart\"}");
            for (int i = 0; i < 3; i++) {
                int before = count(staff, "addedToCart");
                JsonObject cart = new JsonObject().put("productId", "p-1").put("quantity", 1);
                staff.post(ApiClient.event(Shop.unique("e"), "customer:added_to_cart", cart));
                await().until(() -> count(staff, "addedToCart") > before);
                await().until(() -> newest(log) == count(staff, "addedToCart"));
            }
            assertEquals(
                    "permission_denied",
                    Objects.requireNonNull(customer.last("error")).getString("code"));
        }
    }

    private static int newest(StreamLog log) {
        List<JsonObject> messages = log.messages();
        return messages.get(messages.size() - 1)
                .getJsonObject("data")
                .getJsonObject("data")
                .getInteger("value");
    }

    private static BigDecimal revenue(ApiClient reader) {
        return reader
                .get("/api/kpis/revenue?by=day&from=" + DAY + "&to=" + NEXT_DAY)
                .json()
                .getJsonArray("rows")
                .stream()
                .map(row -> new BigDecimal(((JsonObject) row).getValue("value").toString()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static int count(ApiClient reader, String name) {
        return reader.get("/api/kpis").json().getJsonArray("kpis").stream()
                .map(JsonObject.class::cast)
                .filter(kpi -> kpi.getString("name").equals(name))
                .findFirst()
                .orElseThrow()
                .getInteger("count");
    }
}
