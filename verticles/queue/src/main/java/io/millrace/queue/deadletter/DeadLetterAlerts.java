package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.model.EventType;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events {@code system:alert} that tell of stored dead letters; the packs' roles decide who may see them. The
 * first letter of a fingerprint is told at once, those that follow within {@link #QUIET} together: a rule that fits no
 * message of a source must not bury every other alert. A row has a mark once it was told, so a crash loses nothing; the
 * event's id is the first row's, so a repeated alert is one. Owned by the queue verticle's event loop.
 */
public final class DeadLetterAlerts {
    static final String SOURCE = "millrace/queue";

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterAlerts.class);
    /** How long letters of a fingerprint that was told wait for each other. */
    public static final Duration QUIET = Duration.ofSeconds(10);

    private static final int AT_ONCE = 100;
    private static final int MAX_MESSAGE = 2_000;

    private final Bus bus;
    private final Pool pool;
    private final @Nullable EventType type;
    private final LongSupplier nanos;
    private final Map<String, Long> quietUntilNanos = new HashMap<>();
    private boolean underWay;
    private boolean again;
    private boolean waiting;

    /**
     * @param type the type of the alerts; null if no pack declares it, and no alert is sent
     * @param nanos a clock that nobody sets
     */
    public DeadLetterAlerts(Bus bus, Pool pool, @Nullable EventType type, LongSupplier nanos) {
        this.bus = bus;
        this.pool = pool;
        this.type = type;
        this.nanos = nanos;
    }

    /** Whether a letter raises no alert: a dead-lettered alert would only raise the next one. */
    boolean raisesNoAlert(DeadLetterRow letter) {
        Event event = letter.event();
        return type == null
                || (event != null
                        && event.type().equals(SystemAlerts.TYPE)
                        && event.source().equals(SOURCE));
    }

    /** Sends all alerts that are due, including those that an earlier call or another node couldn't send. */
    public void look() {
        if (type == null) {
            return;
        }
        if (underWay) {
            again = true;
            return;
        }
        underWay = true;
        publish(type).onComplete(done -> {
            underWay = false;
            if (done.failed() && !waiting) {
                LOG.warn(
                        "could not publish alerts of dead letters, trying again: {}",
                        done.cause().getMessage());
            }
            waiting = done.failed();
            if (done.succeeded() && (again || done.result() == AT_ONCE)) {
                again = false;
                look();
            }
        });
    }

    public boolean idle() {
        return !underWay;
    }

    /** The number of alerts that were sent; fails if one has to wait. */
    private Future<Integer> publish(EventType alert) {
        long now = nanos.getAsLong();
        quietUntilNanos.values().removeIf(until -> until - now <= 0);
        return pool.preparedQuery(DeadLetterSql.TO_TELL)
                .execute(Tuple.of(AT_ONCE, (Object) quietUntilNanos.keySet().toArray(String[]::new)))
                .compose(rows -> {
                    List<Alike> letters = new ArrayList<>();
                    List<Event> events = new ArrayList<>();
                    for (Row row : rows) {
                        letters.add(new Alike(row.getString(6), row.getLong(12)));
                        events.add(event(alert, row));
                    }
                    return events.isEmpty() ? Future.succeededFuture(0) : send(letters, events);
                });
    }

    /** The letters of a fingerprint up to the last one that an alert tells of. */
    private record Alike(String fingerprint, long last) {}

    private Future<Integer> send(List<Alike> letters, List<Event> events) {
        return bus.request(Addresses.ROUTE, new EventBatch(events))
                .map(Outcomes::outcomes)
                .compose(outcomes -> {
                    List<Alike> sent = new ArrayList<>();
                    for (int i = 0; i < outcomes.size(); i++) {
                        Outcome outcome = outcomes.get(i);
                        if (outcome.failure() == null || !outcome.failure().retryable()) {
                            sent.add(letters.get(i));
                        }
                        // Another node may have told of the same first letter, and of fewer or more.
                        if (outcome.failure() != null && outcome.failure() != Failure.ID_CONFLICT) {
                            LOG.warn("alert {} was refused: {}", outcome.id(), outcome.message());
                        }
                    }
                    return told(sent)
                            .compose(marked -> sent.size() == letters.size()
                                    ? Future.succeededFuture(letters.size())
                                    : Future.failedFuture("the alerts could not be committed now"));
                });
    }

    private Future<?> told(List<Alike> sent) {
        long until = nanos.getAsLong() + QUIET.toNanos();
        sent.forEach(letters -> quietUntilNanos.put(letters.fingerprint(), until));
        return pool.preparedQuery(DeadLetterSql.TOLD)
                .execute(Tuple.of(sent.stream().map(Alike::fingerprint).toArray(String[]::new), (Object)
                        sent.stream().map(Alike::last).toArray(Long[]::new)));
    }

    private static Event event(EventType type, Row row) {
        ObjectNode data = data(row);
        long diedMicros = row.getLong(10);
        return SystemAlerts.event(type, "dead-letter-" + row.getLong(0), SOURCE, diedMicros, data);
    }

    /** Of a source's letter without its message, which may quote what those who see alerts may not see. */
    private static String message(Row row) {
        if (DeadLetterRow.SOURCES.equals(row.getString(7))) {
            return "no event could be made of a message of the source " + row.getString(2);
        }
        String what = row.getString(1) == null
                ? "a record that can't be read"
                : row.getString(3) + " " + row.getString(1) + " of " + row.getString(2);
        return what + " could not be committed: " + row.getString(5);
    }

    private static ObjectNode data(Row row) {
        long letters = row.getLong(11);
        String message = message(row);
        String more = letters == 1 ? "" : "; and " + (letters - 1) + " more that are alike";
        message = message.substring(0, Math.min(message.length(), MAX_MESSAGE - more.length())) + more;
        return JsonNodeFactory.instance
                .objectNode()
                .put("title", "dead letter: " + row.getString(4))
                .put("message", message)
                .put("severity", "error")
                .put("component", row.getString(7))
                .put("deadLetter", row.getLong(0))
                .put("lastDeadLetter", row.getLong(12))
                .put("code", row.getString(4))
                .put("fingerprint", row.getString(6))
                .put("letters", letters)
                .put("attempts", row.getInteger(9));
    }
}
