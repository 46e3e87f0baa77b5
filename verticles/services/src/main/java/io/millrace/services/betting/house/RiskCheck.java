package io.millrace.services.betting.house;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.ServiceBus;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;

/** Tells when a customer stakes more in five minutes, or a wager may cost more, than the house likes. Has no state. */
final class RiskCheck {
    /**
     * The change of the stake, and the stakes with it. Entries are never changed, and a customer's have the order of their
     * ids (betting.sql locks the customer first), so the answer is the same whenever it is asked.
     */
    private static final String STAKES =
            """
            select e.stake::text, (select sum(s.stake)::text from ledger s
              where s.customer_id = e.customer_id and s.stake <> 0
                and s.at > e.at - interval '5 minutes' and s.id <= e.id)
            from ledger e where e.id = $1 and e.stake > 0""";

    private final ServiceDatabase database;
    private final ServiceBus bus;
    private final RiskLimits limits;

    RiskCheck(ServiceDatabase database, ServiceBus bus, RiskLimits limits) {
        this.database = database;
        this.bus = bus;
        this.limits = limits;
    }

    /** @param event a wager that was placed or modified */
    Future<Void> check(JsonObject event) {
        JsonObject entry = event.getJsonObject("data");
        BigDecimal exposure = Entry.decimal(entry, "exposure");
        boolean grown = Entry.decimal(entry, "liability").signum() > 0;
        Future<Void> liability = grown && exposure.compareTo(limits.liability()) > 0
                ? alert(event, "liability", exposure, limits.liability())
                : Future.succeededFuture();
        return liability.compose(told -> stakes(event));
    }

    private Future<Void> stakes(JsonObject event) {
        JsonObject entry = event.getJsonObject("data");
        return database.pool()
                .preparedQuery(STAKES)
                .execute(Tuple.of(entry.getLong("entryId")))
                .compose(rows -> {
                    if (rows.size() == 0) {
                        return told();
                    }
                    Row grown = rows.iterator().next();
                    BigDecimal sum = new BigDecimal(grown.getString(1));
                    boolean above = sum.compareTo(limits.stakes()) > 0;
                    boolean before =
                            sum.subtract(new BigDecimal(grown.getString(0))).compareTo(limits.stakes()) > 0;
                    return above && !before ? alert(event, "stakes", sum, limits.stakes()) : told();
                });
    }

    private static Future<Void> told() {
        return Future.succeededFuture();
    }

    private Future<Void> alert(JsonObject event, String rule, BigDecimal amount, BigDecimal limit) {
        JsonObject entry = event.getJsonObject("data");
        String id = EventId.of(event.getString("id"), rule);
        return bus.publish(new JsonObject()
                        .put("id", id)
                        .put("type", "risk:alerted")
                        .put("timestamp", event.getString("timestamp"))
                        .put(
                                "data",
                                new JsonObject()
                                        .put("alertId", id)
                                        .put("customerId", entry.getString("customerId"))
                                        .put("agentId", entry.getString("agentId"))
                                        .put("wagerId", entry.getString("wagerId"))
                                        .put("rule", rule)
                                        .put("amount", amount)
                                        .put("limit", limit)))
                .mapEmpty();
    }
}
