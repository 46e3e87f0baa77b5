package io.millrace.services.shop.demo;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * The days until yesterday, told as they would have been told then: the same on each run, so that a second run adds nothing
 * but the days since. Belongs to one event loop.
 */
final class Past {
    private static final int DAYS = 62;
    private static final int VISITS = 9;
    private static final int EARLIEST_HOUR = 7;
    private static final int OPEN_SECONDS = 14 * 3_600;
    /** What is over isn't told again: who looked at what, and what stood on the shelf then. */
    private static final Set<String> AREAS = Set.of("order", "payment");

    private final Function<JsonObject, Future<Void>> publish;

    /** @param publish completes when the event has been taken */
    Past(Function<JsonObject, Future<Void>> publish) {
        this.publish = publish;
    }

    /** Completes when all of it is told, day by day. */
    Future<Void> tell(Instant now) {
        LocalDate today = now.atZone(ZoneOffset.UTC).toLocalDate();
        Future<Void> told = Future.succeededFuture();
        for (int before = DAYS; before > 0; before--) {
            LocalDate date = today.minusDays(before);
            told = told.compose(earlier -> day(date));
        }
        return told;
    }

    private Future<Void> day(LocalDate date) {
        Random random = new Random(date.toEpochDay());
        List<Product> products = Product.all();
        int visits = VISITS + date.getDayOfWeek().getValue() + random.nextInt(VISITS);
        List<Future<Void>> told = new ArrayList<>();
        for (int i = 0; i < visits; i++) {
            String id = "S-" + date.toString().replace("-", "").substring(2) + "-" + (i + 1);
            Customer customer = Customer.ALL.get(random.nextInt(Customer.ALL.size()));
            Instant begun = date.atTime(EARLIEST_HOUR, 0)
                    .toInstant(ZoneOffset.UTC)
                    .plusSeconds((long) OPEN_SECONDS * i / visits);
            told.add(visit(Visit.of(id, customer, products, random), begun));
            products.forEach(Product::refill);
        }
        return Future.join(told).mapEmpty();
    }

    private Future<Void> visit(List<Step> steps, Instant begun) {
        Future<Void> told = Future.succeededFuture();
        for (Step step : steps) {
            JsonObject event = step.event().get();
            if (event != null && isTold(event.getString("type"))) {
                event.put("timestamp", begun.plusMillis(step.afterMs()).toString());
                told = told.compose(earlier -> publish.apply(event));
            }
        }
        return told;
    }

    private static boolean isTold(String type) {
        return AREAS.contains(type.substring(0, type.indexOf(':'))) || type.equals("customer:added_to_cart");
    }
}
