package io.millrace.persistence.alert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.alert.AlertGuide;
import io.millrace.platform.alert.AlertType;
import io.millrace.platform.alert.ReportedAlerts;
import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes an event {@code system:alert} when an alert begins, and one when it ends. Every persistence node does it, and they agree
 * by the rows: an event's id is that of its row, so that what two nodes tell is one event, and what one node leaves undone the
 * next one does. A silence holds the first event back, until it is over. Owned by the persistence verticle's event loop.
 */
public final class AlertTelling {
    private static final Logger LOG = LoggerFactory.getLogger(AlertTelling.class);

    /** So often an alert must be missing from the reports until it has ended: a lost report ends nothing. */
    private static final int ROUNDS = 3;

    private static final int MAX_COMPONENT = 128;

    private final Pool pool;
    private final SystemAlerts events;
    private final ReportedAlerts reports;
    private final Map<ActiveAlert.Key, Integer> missing = new HashMap<>();
    private boolean underWay;

    /** @param reports what the nodes have found */
    public AlertTelling(Pool pool, SystemAlerts events, ReportedAlerts reports) {
        this.pool = pool;
        this.events = events;
        this.reports = reports;
    }

    /** An alert as its row has it. */
    private record Open(ActiveAlert alert, boolean told, @Nullable Long endedMicros, boolean silenced) {
        static Open of(Row row) {
            return new Open(
                    new ActiveAlert(row.getString(0), row.getString(1), row.getLong(2), row.getString(3)),
                    row.getBoolean(4),
                    row.getLong(5),
                    row.getBoolean(6));
        }

        Tuple values() {
            return Tuple.of(alert.alert(), alert.about(), alert.sinceMicros());
        }
    }

    /** Compares the rows with the reports, and tells what isn't told. Called now and then. */
    public void look() {
        // A node that hears nothing, not even itself, knows nothing.
        if (underWay || !reports.hearsSomebody()) {
            return;
        }
        underWay = true;
        pool.preparedQuery(AlertSql.OPEN)
                .execute()
                .compose(rows -> {
                    List<Open> open = new ArrayList<>();
                    rows.forEach(row -> open.add(Open.of(row)));
                    return Future.join(reconcile(open));
                })
                .onComplete(done -> {
                    underWay = false;
                    if (done.failed()) {
                        LOG.debug("alerts are told later: {}", done.cause().getMessage());
                    }
                });
    }

    private List<Future<?>> reconcile(List<Open> open) {
        List<Future<?>> all = new ArrayList<>();
        Set<ActiveAlert.Key> known = new HashSet<>();
        open.forEach(each -> known.add(each.alert().key()));
        Set<ActiveAlert.Key> reported = new HashSet<>();
        for (ReportedAlerts.Reported each : reports.active()) {
            ActiveAlert alert = each.alert();
            reported.add(alert.key());
            if (!known.contains(alert.key())) {
                all.add(run(
                        AlertSql.RAISE, Tuple.of(alert.alert(), alert.about(), alert.sinceMicros(), alert.message())));
            }
        }
        missing.keySet().retainAll(known);
        for (Open each : open) {
            all.add(each.endedMicros() != null ? finish(each) : follow(each, reported));
        }
        return all;
    }

    private Future<?> follow(Open open, Set<ActiveAlert.Key> reported) {
        ActiveAlert.Key key = open.alert().key();
        if (reported.contains(key)) {
            missing.remove(key);
        } else if (missing.merge(key, 1, Integer::sum) >= ROUNDS) {
            return run(AlertSql.END, open.values());
        }
        // What a lease has told, no silence holds back.
        boolean byItsLease = isRaisedByItsLease(open.alert());
        if (open.told() || (open.silenced() && !byItsLease)) {
            return Future.succeededFuture();
        }
        Future<?> raised = byItsLease ? Future.succeededFuture() : raise(open.alert());
        return raised.compose(told -> run(AlertSql.TOLD, open.values()));
    }

    private static boolean isRaisedByItsLease(ActiveAlert alert) {
        return AlertType.isKnown(alert.alert()) && AlertType.of(alert.alert()).raisedByItsLease();
    }

    private Future<?> raise(ActiveAlert alert) {
        String severity =
                AlertType.isKnown(alert.alert()) ? AlertType.of(alert.alert()).severity() : "error";
        return publish(alert, "raised", title(alert), alert.message(), severity);
    }

    private Future<?> finish(Open open) {
        ActiveAlert alert = open.alert();
        Future<?> told = open.told()
                ? publish(alert, "resolved", "over: " + title(alert), "No longer: " + alert.message(), "info")
                : Future.succeededFuture();
        return told.compose(done -> run(AlertSql.DELETE, open.values()));
    }

    private Future<Void> publish(ActiveAlert alert, String state, String title, String message, String severity) {
        String component = alert.about().isEmpty() ? "millrace" : alert.about();
        ObjectNode data = JsonNodeFactory.instance
                .objectNode()
                .put("title", title)
                .put("message", message)
                .put("severity", severity)
                .put("component", component.substring(0, Math.min(component.length(), MAX_COMPONENT)))
                .put("alert", alert.alert())
                .put("about", alert.about())
                .put("state", state)
                .put("since", Micros.text(alert.sinceMicros()))
                .put("guide", AlertGuide.anchor(alert.alert()));
        return events.publish(
                String.join(" ", state, alert.alert(), alert.about(), String.valueOf(alert.sinceMicros())), data);
    }

    private static String title(ActiveAlert alert) {
        String words = alert.alert().replace('-', ' ');
        return alert.about().isEmpty() ? words : words + ": " + alert.about();
    }

    private Future<?> run(String sql, Tuple values) {
        return pool.preparedQuery(sql).execute(values);
    }
}
