package io.millrace.services.betting.house;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;

/**
 * Books what the payment provider reports: the payment, once by its id and kind, and with it the customer's balance, which
 * a payout may bring below 0: it has been paid. That it is booked is told by the tables. Its state is in PostgreSQL.
 */
final class Cashier {
    private static final String BOOK =
            """
            with booked as (
              insert into payments (id, customer_id, agent_id, kind, amount, method, reason, at)
              select $1::text, id, agent_id, $3::text, $4::text::numeric, $5::text, $6::text, $7::timestamptz
              from customers where id = $2
              on conflict (id, kind) do nothing
              returning customer_id,
                amount * case kind when 'payment.succeeded' then 1 when 'payout.paid' then -1 else 0 end as change)
            update customers c set balance = c.balance + b.change
            from booked b where c.id = b.customer_id and b.change <> 0""";

    private static final String SAME =
            "select customer_id = $3 and amount = $4::text::numeric from payments where id = $1 and kind = $2";

    private final ServiceDatabase database;

    Cashier(ServiceDatabase database) {
        this.database = database;
    }

    /** Fails for good if there is no such customer, or the payment was reported with another customer or amount. */
    Future<Void> book(JsonObject event) {
        JsonObject report = event.getJsonObject("data");
        String id = report.getString("paymentId");
        String kind = report.getString("kind");
        String customer = report.getString("customerId");
        String amount = Entry.decimal(report, "amount").toPlainString();
        return database.pool()
                .preparedQuery(BOOK)
                .execute(Tuple.of(
                        id,
                        customer,
                        kind,
                        amount,
                        report.getString("method"),
                        report.getString("reason"),
                        OffsetDateTime.parse(event.getString("timestamp"))))
                .compose(booked -> database.pool().preparedQuery(SAME).execute(Tuple.of(id, kind, customer, amount)))
                .compose(known -> {
                    if (known.size() == 0) {
                        return Future.failedFuture(new RejectedException("there is no customer " + customer));
                    }
                    return known.iterator().next().getBoolean(0)
                            ? Future.succeededFuture()
                            : Future.failedFuture(new RejectedException(
                                    "the payment " + id + " was reported with another customer or amount"));
                });
    }
}
