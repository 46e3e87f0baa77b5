package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.domain.model.EventType;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes an event {@code system:alert} for each stored dead letter; the packs' roles decide who may see it. The row
 * has a mark once its alert was sent, so a crash loses nothing; the event's id is the row's, so a repeated alert is a
 * duplicate. Owned by the queue verticle's event loop.
 */
public final class DeadLetterAlerts {
    public static final String TYPE = "system:alert";
    static final String SOURCE = "millrace/queue";

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterAlerts.class);
    private static final int AT_ONCE = 100;
    private static final int MAX_MESSAGE = 2_000;

    private final Bus bus;
    private final Pool pool;
    private final @Nullable EventType type;
    private boolean underWay;
    private boolean again;
    private boolean waiting;

    /**
     * @param type the type of the alerts; null if no pack declares it, and no alert is sent
     */
    public DeadLetterAlerts(Bus bus, Pool pool, @Nullable EventType type) {
        this.bus = bus;
        this.pool = pool;
        this.type = type;
    }

    /** Whether a letter raises no alert: a dead-lettered alert would only raise the next one. */
    boolean raisesNoAlert(DeadLetterRow letter) {
        Event event = letter.event();
        return type == null
                || (event != null && event.type().equals(TYPE) && event.source().equals(SOURCE));
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
        return pool.preparedQuery(DeadLetterSql.TO_TELL)
                .execute(Tuple.of(AT_ONCE))
                .compose(rows -> {
                    List<Long> ids = new ArrayList<>();
                    List<Event> events = new ArrayList<>();
                    for (Row row : rows) {
                        ids.add(row.getLong(0));
                        events.add(event(alert, row));
                    }
                    return events.isEmpty() ? Future.succeededFuture(0) : send(ids, events);
                });
    }

    private Future<Integer> send(List<Long> ids, List<Event> events) {
        return bus.request(Addresses.ROUTE, new EventBatch(events))
                .map(Outcomes::outcomes)
                .compose(outcomes -> {
                    List<Long> sent = new ArrayList<>();
                    for (int i = 0; i < outcomes.size(); i++) {
                        Outcome outcome = outcomes.get(i);
                        if (outcome.failure() == null || !outcome.failure().retryable()) {
                            sent.add(ids.get(i));
                        }
                        if (outcome.failure() != null) {
                            LOG.warn("alert {} was refused: {}", outcome.id(), outcome.message());
                        }
                    }
                    return pool.preparedQuery(DeadLetterSql.TOLD)
                            .execute(Tuple.of((Object) sent.toArray(Long[]::new)))
                            .compose(marked -> sent.size() == ids.size()
                                    ? Future.succeededFuture(ids.size())
                                    : Future.failedFuture("the alerts could not be committed now"));
                });
    }

    /** Makes the alert, which is the same at every attempt. */
    private static Event event(EventType type, Row row) {
        ObjectNode data = data(row);
        long diedMicros = row.getLong(10);
        return Event.builder("dead-letter-" + row.getLong(0), type.name(), SOURCE)
                .timeMicros(diedMicros)
                .priority(type.priority())
                .data(data.toString().getBytes(StandardCharsets.UTF_8))
                .stream(String.valueOf(type.namespace().stream().resolve(data)))
                .publisher(SOURCE)
                .acceptedAtMicros(diedMicros)
                .build();
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
        String message = message(row);
        return JsonNodeFactory.instance
                .objectNode()
                .put("title", "dead letter: " + row.getString(4))
                .put("message", message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message)
                .put("severity", "error")
                .put("component", row.getString(7))
                .put("deadLetter", row.getLong(0))
                .put("code", row.getString(4))
                .put("fingerprint", row.getString(6))
                .put("attempts", row.getInteger(9));
    }
}
