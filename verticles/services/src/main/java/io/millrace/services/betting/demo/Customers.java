package io.millrace.services.betting.demo;

import io.millrace.services.betting.Bookmaker;
import io.vertx.core.Future;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Who bets in the demo, and with which agent. */
final class Customers {
    private static final BigDecimal FIRST = new BigDecimal("5000.00");
    private static final BigDecimal COMMISSION = new BigDecimal("0.02");
    private static final Map<String, List<String>> BY_AGENT = new TreeMap<>(Map.of(
            "north", List.of("Ada", "Bram", "Chloe", "Dev"),
            "south", List.of("Esra", "Finn", "Grace", "Hugo"),
            "east", List.of("Iris", "Jonas", "Kofi", "Lena")));

    static final List<String> IDS =
            BY_AGENT.values().stream().flatMap(List::stream).map(Customers::id).toList();

    private Customers() {}

    static Future<Void> enter(Bookmaker bookmaker) {
        Future<Void> entered = Future.succeededFuture();
        for (Map.Entry<String, List<String>> group : BY_AGENT.entrySet()) {
            String agent = group.getKey();
            entered = entered.compose(before -> bookmaker.agent(agent, agent, COMMISSION));
            for (String name : group.getValue()) {
                entered = entered.compose(before -> bookmaker.customer(id(name), agent, name, FIRST));
            }
        }
        return entered;
    }

    private static String id(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
