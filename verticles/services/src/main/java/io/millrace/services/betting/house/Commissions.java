package io.millrace.services.betting.house;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.ServiceBus;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;

/** An agent's part of each stake that is settled. Its state is in PostgreSQL. */
final class Commissions {
    private static final String EARN =
            """
            insert into commissions (entry_id, agent_id, amount)
            select $1::bigint, id, round($3::text::numeric * commission, 2) from agents where id = $2
            on conflict (entry_id) do nothing""";
    /** The total as it was then, also when the event comes again later. */
    private static final String TOTAL =
            """
            select c.amount::text, (
              select sum(o.amount)::text from commissions o where o.agent_id = c.agent_id and o.id <= c.id)
            from commissions c where c.entry_id = $1""";

    private final ServiceDatabase database;
    private final ServiceBus bus;

    Commissions(ServiceDatabase database, ServiceBus bus) {
        this.database = database;
        this.bus = bus;
    }

    /** @param event a wager that was settled */
    Future<Void> earn(JsonObject event) {
        JsonObject entry = event.getJsonObject("data");
        Long id = entry.getLong("entryId");
        String amount = Entry.decimal(entry, "amount").toPlainString();
        return database.pool()
                .preparedQuery(EARN)
                .execute(Tuple.of(id, entry.getString("agentId"), amount))
                .compose(stored -> database.pool().preparedQuery(TOTAL).execute(Tuple.of(id)))
                .compose(rows -> tell(event, rows.iterator().next()));
    }

    private Future<Void> tell(JsonObject event, Row earned) {
        JsonObject entry = event.getJsonObject("data");
        return bus.publish(new JsonObject()
                        .put("id", EventId.of(event.getString("id"), "commission"))
                        .put("type", "commission:earned")
                        .put("timestamp", event.getString("timestamp"))
                        .put(
                                "data",
                                new JsonObject()
                                        .put("agentId", entry.getString("agentId"))
                                        .put("wagerId", entry.getString("wagerId"))
                                        .put("commission", new BigDecimal(earned.getString(0)))
                                        .put("total", new BigDecimal(earned.getString(1)))))
                .mapEmpty();
    }
}
