package io.millrace.services.betting.house;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;

/**
 * Books what the payment provider reports: the payment, once by its id, and with it the customer's balance. That it is
 * booked is told by the tables. Its state is in PostgreSQL.
 */
final class Cashier {
    private static final String BOOK =
            """
            with booked as (
              insert into payments (id, customer_id, agent_id, kind, amount, method, reason, at)
              select $1::text, id, agent_id, $3::text, $4::text::numeric, $5::text, $6::text, $7::timestamptz
              from customers where id = $2
              on conflict (id) do nothing
              returning customer_id,
                amount * case kind when 'payment.succeeded' then 1 when 'payout.paid' then -1 else 0 end as change)
            update customers c set balance = c.balance + b.change
            from booked b where c.id = b.customer_id and b.change <> 0""";

    private static final String KNOWN = "select 1 from payments where id = $1";

    private final ServiceDatabase database;

    Cashier(ServiceDatabase database) {
        this.database = database;
    }

    /** Fails for good if there is no such customer, or a payout is more than the account holds. */
    Future<Void> book(JsonObject event) {
        JsonObject report = event.getJsonObject("data");
        String id = report.getString("paymentId");
        return database.pool()
                .preparedQuery(BOOK)
                .execute(Tuple.of(
                        id,
                        report.getString("customerId"),
                        report.getString("kind"),
                        Entry.decimal(report, "amount").toPlainString(),
                        report.getString("method"),
                        report.getString("reason"),
                        OffsetDateTime.parse(event.getString("timestamp"))))
                .compose(booked -> database.pool().preparedQuery(KNOWN).execute(Tuple.of(id)))
                .compose(known -> known.size() > 0
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                new RejectedException("there is no customer " + report.getString("customerId"))));
    }
}
