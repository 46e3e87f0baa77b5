package io.millrace.services.shop.demo;

import io.millrace.services.bus.EventId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One customer's visit, from looking around to what becomes of the order. Decides all of it at once; the steps are told one
 * after another. Belongs to one event loop.
 */
final class Visit {
    static final String CURRENCY = "EUR";
    private static final int PRODUCTS = 3;
    private static final int PIECES = 3;
    /** Of a hundred visits: how many buy, of whom so many can't pay at first, change their mind, and send it back. */
    private static final int BUY = 70;

    private static final int DECLINED = 8;
    private static final int CANCELLED = 6;
    private static final int RETURNED = 5;
    private static final List<String> METHODS = List.of("card", "card", "paypal", "invoice");
    private static final List<String> CHANNELS = List.of("web", "web", "app");

    private final String id;
    private final Customer customer;
    private final List<Product> products;
    private final Random random;
    private final List<Step> steps = new ArrayList<>();
    private long now;
    private int published;

    /** @param id the order's, if one comes of it: the same id with the same random numbers is the same visit */
    private Visit(String id, Customer customer, List<Product> products, Random random) {
        this.id = id;
        this.customer = customer;
        this.products = products;
        this.random = random;
    }

    static List<Step> of(String id, Customer customer, List<Product> products, Random random) {
        Visit visit = new Visit(id, customer, products, random);
        visit.run();
        return visit.steps;
    }

    private void run() {
        JsonArray lines = new JsonArray();
        long cents = 0;
        for (int i = 1 + random.nextInt(PRODUCTS); i > 0; i--) {
            Product product = products.get((int) (products.size() * random.nextDouble() * random.nextDouble()));
            pause(1, 3);
            tell("customer:viewing_product", ofCustomer(product.named()));
            int pieces = product.promise(1 + random.nextInt(PIECES));
            if (pieces > 0 && !contains(lines, product)) {
                pause(1, 2);
                BigDecimal price = euros(product.cents());
                tell(
                        "customer:added_to_cart",
                        ofCustomer(product.named()).put("quantity", pieces).put("unitPrice", price));
                lines.add(line(product, pieces, price));
                cents += pieces * product.cents();
            } else {
                product.release(pieces);
            }
        }
        if (!lines.isEmpty()) {
            if (random.nextInt(100) < BUY) {
                order(lines, euros(cents));
            } else {
                lines.forEach(line -> find((JsonObject) line).release(((JsonObject) line).getInteger("quantity")));
            }
        }
    }

    private static boolean contains(JsonArray lines, Product product) {
        return lines.stream()
                .anyMatch(line -> ((JsonObject) line).getString("productId").equals(product.id));
    }

    private void order(JsonArray lines, BigDecimal total) {
        pause(2, 5);
        tell(
                "order:created",
                ofOrder()
                        .put("customerName", customer.name())
                        .put("country", customer.country())
                        .put("channel", CHANNELS.get(random.nextInt(CHANNELS.size())))
                        .put("currency", CURRENCY)
                        .put("total", total)
                        .put("status", "pending")
                        .put("lines", lines));
        lines.forEach(line -> sell((JsonObject) line));
        pause(1, 3);
        if (random.nextInt(100) < DECLINED) {
            tell("payment:failed", payment("a", total).put("method", "card").put("reason", "card declined"));
            pause(4, 9);
        }
        String method = METHODS.get(random.nextInt(METHODS.size()));
        tell("payment:received", payment("b", total).put("method", method).put("status", "success"));
        pause(1, 2);
        String status = become("pending", "paid");
        pause(8, 20);
        if (random.nextInt(100) < CANCELLED) {
            become(status, "cancelled");
            giveBack(lines, total, "cancelled by the customer");
            return;
        }
        status = become(status, "shipped");
        pause(15, 40);
        status = become(status, "delivered");
        if (random.nextInt(100) < RETURNED) {
            pause(20, 40);
            become(status, "returned");
            giveBack(lines, total, "returned");
        }
    }

    private void giveBack(JsonArray lines, BigDecimal total, String reason) {
        tell("payment:refunded", payment("b", total).put("reason", reason));
        lines.forEach(line -> takeBack((JsonObject) line));
    }

    private String become(String from, String to) {
        // The order's own status follows, see the pack.
        tell(
                "order:status_changed",
                ofOrder()
                        .put("customerName", customer.name())
                        .put("oldStatus", from)
                        .put("newStatus", to)
                        .put("status", to));
        return to;
    }

    private void sell(JsonObject line) {
        Product product = find(line);
        int pieces = line.getInteger("quantity");
        tell("inventory:updated", () -> {
            product.sell(pieces);
            return moved(product, -pieces, "sale");
        });
        tell("inventory:out_of_stock", () -> product.stock() == 0 ? product.labelled() : null);
        tell("inventory:low_stock", () -> {
            int left = product.stock();
            return left == 0 || left > Product.THRESHOLD
                    ? null
                    : product.labelled()
                            .put("currentStock", left)
                            .put("threshold", Product.THRESHOLD)
                            .put("severity", left <= Product.THRESHOLD / 2 ? "critical" : "low");
        });
    }

    private void takeBack(JsonObject line) {
        Product product = find(line);
        int pieces = line.getInteger("quantity");
        tell("inventory:updated", () -> {
            product.takeBack(pieces);
            return moved(product, pieces, "return");
        });
    }

    static JsonObject moved(Product product, int difference, String reason) {
        return product.labelled()
                .put("oldStock", product.stock() - difference)
                .put("newStock", product.stock())
                .put("difference", difference)
                .put("reason", reason);
    }

    private Product find(JsonObject line) {
        String wanted = line.getString("productId");
        return products.stream()
                .filter(product -> product.id.equals(wanted))
                .findFirst()
                .orElseThrow();
    }

    private static JsonObject line(Product product, int pieces, BigDecimal price) {
        return new JsonObject()
                .put("productId", product.id)
                .put("description", product.name)
                .put("quantity", pieces)
                .put("unitPrice", price);
    }

    private JsonObject ofCustomer(JsonObject data) {
        return data.put("customerId", customer.id());
    }

    private JsonObject ofOrder() {
        return ofCustomer(new JsonObject().put("orderId", id));
    }

    private JsonObject payment(String attempt, BigDecimal amount) {
        return ofOrder().put("paymentId", id + attempt).put("amount", amount).put("currency", CURRENCY);
    }

    private void pause(int fromSeconds, int toSeconds) {
        now += 1_000L * fromSeconds + random.nextInt(1_000 * (toSeconds - fromSeconds));
    }

    private void tell(String type, JsonObject data) {
        tell(type, () -> data);
    }

    private void tell(String type, Supplier<@Nullable JsonObject> happens) {
        String event = EventId.of(id, customer.id(), type, String.valueOf(published++));
        steps.add(new Step(now, () -> {
            JsonObject data = happens.get();
            return data == null
                    ? null
                    : new JsonObject().put("id", event).put("type", type).put("data", data);
        }));
    }

    static BigDecimal euros(long cents) {
        return BigDecimal.valueOf(cents, 2);
    }
}
