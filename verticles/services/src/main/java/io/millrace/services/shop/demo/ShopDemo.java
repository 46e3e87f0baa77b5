package io.millrace.services.shop.demo;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.ServiceBus;
import io.millrace.services.demo.DemoArguments;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/**
 * {@code scripts/run --demo shop}: customers who look around, order, pay and change their minds, a warehouse that sends it and
 * runs out of it, prices that move; before that the weeks until today, so that there is something to compare with. Prints
 * what is ordered. Belongs to one event loop.
 */
public final class ShopDemo {
    private static final String SOURCE = "shop/demo";
    private static final long VISIT_MS = 4_000;
    private static final long RESTOCK_MS = 15_000;
    private static final long PRICE_MS = 25_000;
    private static final long PRESENCE_MS = 9_000;

    private final Vertx vertx;
    private final DemoArguments millrace;
    private final ServiceBus bus;
    private final WebSocketClient sockets;
    private final List<Product> products = Product.all();
    private final Map<Customer, WebSocket> present = new HashMap<>();
    private final Random random = new Random();

    private ShopDemo(Vertx vertx, DemoArguments millrace) {
        this.vertx = vertx;
        this.millrace = millrace;
        this.bus = new ServiceBus(vertx, () -> millrace.token("shop"));
        this.sockets = vertx.createWebSocketClient();
    }

    /** @param arguments those of {@link DemoArguments} */
    public static void main(String[] arguments) {
        DemoArguments millrace = DemoArguments.of(arguments);
        millrace.join().compose(vertx -> new ShopDemo(vertx, millrace).start()).onFailure(error -> {
            System.err.println("the demo couldn't start: " + error);
            System.exit(1);
        });
    }

    private Future<Void> start() {
        System.out.println("the shop      " + millrace.http() + "/#token=" + millrace.token("owner"));
        System.out.println("Ada's orders  " + millrace.http() + "/account#token=" + millrace.token("customer-ada"));
        Future<Void> shelf = Future.succeededFuture();
        for (Product product : products) {
            JsonObject data = product.labelled()
                    .put("price", Visit.euros(product.cents()))
                    .put("currency", Visit.CURRENCY);
            shelf = shelf.compose(filled -> publish(event(EventId.of(product.id), "product:created", data)));
        }
        return shelf.compose(filled -> new Past(this::publish).tell(Instant.now()))
                .map(told -> {
                    vertx.setPeriodic(1, VISIT_MS, timer -> visit());
                    vertx.setPeriodic(RESTOCK_MS, timer -> restock());
                    vertx.setPeriodic(PRICE_MS, timer -> price());
                    vertx.setPeriodic(1, PRESENCE_MS, timer -> comeOrGo());
                    return null;
                });
    }

    private void visit() {
        Customer customer = Customer.ALL.get(random.nextInt(Customer.ALL.size()));
        String id = "S-"
                + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX).toUpperCase(Locale.ROOT);
        for (Step step : Visit.of(id, customer, products, random)) {
            vertx.setTimer(Math.max(1, step.afterMs()), due -> {
                JsonObject event = step.event().get();
                if (event != null) {
                    report(publish(event));
                    say(customer, event);
                }
            });
        }
    }

    private static void say(Customer customer, JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        if (event.getString("type").equals("order:created")) {
            System.out.println(
                    customer.name() + " orders " + data.getString("orderId") + " for " + data.getValue("total"));
        }
    }

    /** What is short is filled up again, one product at a time. */
    private void restock() {
        products.stream()
                .filter(product -> product.stock() <= Product.THRESHOLD)
                .findFirst()
                .ifPresent(product -> {
                    int added = product.refill();
                    JsonObject data = product.labelled().put("quantity", added).put("newStock", product.stock());
                    report(publish(event(UUID.randomUUID().toString(), "inventory:restocked", data)));
                    JsonObject moved = Visit.moved(product, added, "restock");
                    report(publish(event(UUID.randomUUID().toString(), "inventory:updated", moved)));
                });
    }

    private void price() {
        Product product = products.get(random.nextInt(products.size()));
        BigDecimal before = Visit.euros(product.cents());
        product.price(Math.max(100, Math.round(product.cents() * (0.9 + 0.2 * random.nextDouble()) / 5) * 5));
        BigDecimal now = Visit.euros(product.cents());
        JsonObject data = product.named()
                .put("oldPrice", before)
                .put("newPrice", now)
                .put("price", now)
                .put("currency", Visit.CURRENCY);
        report(publish(event(UUID.randomUUID().toString(), "product:price_changed", data)));
    }

    /** A customer is there while a connection of theirs is: Millrace itself tells who comes and goes. */
    private void comeOrGo() {
        Customer customer = Customer.ALL.get(random.nextInt(Customer.WITH_TOKEN));
        WebSocket there = present.remove(customer);
        if (there != null) {
            there.close();
            return;
        }
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setAbsoluteURI(millrace.http().replaceFirst("^http", "ws") + "/api/ws")
                .addSubProtocol("millrace")
                .addSubProtocol("bearer." + millrace.token("customer-" + customer.id()));
        report(sockets.connect(options).map(socket -> {
            present.put(customer, socket);
            socket.closeHandler(gone -> present.remove(customer, socket));
            return null;
        }));
    }

    private static void report(Future<Void> done) {
        done.onFailure(error -> System.err.println("it didn't happen: " + error.getMessage()));
    }

    private static JsonObject event(String id, String type, JsonObject data) {
        return new JsonObject().put("id", id).put("type", type).put("data", data);
    }

    private Future<Void> publish(JsonObject event) {
        return bus.publish(event.put("source", SOURCE)).mapEmpty();
    }
}
