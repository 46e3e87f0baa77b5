package io.millrace.services.shop.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VisitTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
    private final List<Product> products = Product.all();
    private final Random random = new Random(1);

    private List<JsonObject> visits(int count) {
        List<JsonObject> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Customer customer = Customer.ALL.get(random.nextInt(Customer.ALL.size()));
            for (Step step : Visit.of("S-" + i, customer, products, random)) {
                JsonObject event = step.event().get();
                if (event != null) {
                    events.add(event);
                }
            }
            products.stream().filter(product -> product.stock() == 0).forEach(Product::refill);
        }
        return events;
    }

    @Test
    void anOrderComesToItsLinesAndIsPaidAndGivenBackToTheCent() {
        Map<String, BigDecimal> totals = new HashMap<>();
        Map<String, BigDecimal> refunds = new HashMap<>();
        for (JsonObject event : visits(400)) {
            JsonObject data = event.getJsonObject("data");
            String order = data.getString("orderId");
            switch (event.getString("type")) {
                case "order:created" -> {
                    totals.put(order, decimal(data, "total"));
                    assertEquals(decimal(data, "total"), sum(data.getJsonArray("lines")), order);
                }
                case "payment:received" -> assertEquals(totals.get(order), decimal(data, "amount"), order);
                case "payment:refunded" -> {
                    assertEquals(totals.get(order), decimal(data, "amount"), order);
                    assertEquals(null, refunds.put(order, decimal(data, "amount")), "given back twice");
                }
                default -> {}
            }
        }
        assertTrue(totals.size() > 200 && !refunds.isEmpty(), totals.size() + " orders");
    }

    private static BigDecimal sum(JsonArray lines) {
        return lines.stream()
                .map(line -> decimal((JsonObject) line, "unitPrice")
                        .multiply(BigDecimal.valueOf(((JsonObject) line).getInteger("quantity"))))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static BigDecimal decimal(JsonObject data, String field) {
        return (BigDecimal) data.getValue(field);
    }

    @Test
    void stockFallsAndRisesByWhatIsToldAndIsNeverBelowNothing() {
        Map<String, Integer> known = new HashMap<>();
        Set<String> types = new HashSet<>();
        for (JsonObject event : visits(400)) {
            JsonObject data = event.getJsonObject("data");
            types.add(event.getString("type"));
            if (event.getString("type").equals("inventory:updated")) {
                int left = data.getInteger("newStock");
                assertTrue(left >= 0, event::encode);
                assertEquals(left, data.getInteger("oldStock") + data.getInteger("difference"), event.encode());
                known.put(data.getString("productId"), left);
            } else if (event.getString("type").equals("inventory:out_of_stock")) {
                assertEquals(0, known.get(data.getString("productId")));
            }
        }
        assertTrue(types.containsAll(Set.of("inventory:low_stock", "inventory:out_of_stock")), types::toString);
    }

    @Test
    void itTellsNothingThatThePackDoesNotHave() throws IOException {
        String pack = Files.readString(Path.of("../../conf/domains/shop.yaml"));
        for (JsonObject event : visits(400)) {
            String declared = pack.substring(pack.indexOf("\"" + event.getString("type") + "\":\n"));
            String fields = declared.substring(0, declared.indexOf("\n\n"));
            for (String field : event.getJsonObject("data").fieldNames()) {
                assertTrue(fields.contains("        " + field + ":"), event.getString("type") + " has no " + field);
            }
        }
    }

    @Test
    void thePastIsTheSameOnEachRunAndIsOverByMidnight() {
        List<JsonObject> once = past(NOW);
        assertEquals(once, past(NOW.plusSeconds(3_600)));
        assertNotEquals(once, past(NOW.plusSeconds(86_400)));
        assertTrue(once.size() > 2_000, once.size() + " events");
        for (JsonObject event : once) {
            assertTrue(event.getString("timestamp").compareTo("2026-03-04T00:00") < 0, event::encode);
        }
        assertEquals(
                once.size(),
                once.stream().map(event -> event.getString("id")).distinct().count());
    }

    private static List<JsonObject> past(Instant now) {
        List<JsonObject> told = new ArrayList<>();
        new Past(event -> {
                    told.add(event);
                    return Future.succeededFuture();
                })
                .tell(now);
        return told;
    }
}
