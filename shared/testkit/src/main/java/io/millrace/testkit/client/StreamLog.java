package io.millrace.testkit.client;

import io.millrace.contracts.event.Position;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client received of one stream, over all its connections, and everything that was wrong with it: a gap, a
 * repeat, an event that came before its turn. Safe from any thread.
 */
public final class StreamLog {
    /** A test that goes on for minutes receives tens of thousands. */
    private static final int KEPT = 1_000;

    private final Deque<JsonObject> messages = new ArrayDeque<>();
    private final List<String> ids = new ArrayList<>();
    private final Set<String> distinct = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private @Nullable String position;
    private @Nullable String subscribedAt;
    private boolean recovered = true;

    synchronized void subscribed(JsonObject answer) {
        recovered = answer.getBoolean("recovered", false);
        String at = answer.getString("position");
        subscribedAt = at;
        if (!recovered && position != null) {
            faults.add("not recovered after " + position);
        }
        if (position == null) {
            position = at;
        }
    }

    synchronized void received(JsonObject message) {
        messages.add(message);
        if (messages.size() > KEPT) {
            messages.remove();
        }
        String id = message.getJsonObject("data").getString("id");
        ids.add(id);
        if (!distinct.add(id)) {
            faults.add("event " + id + " came again at " + message.getString("position"));
        }
        String next = message.getString("position");
        if (next == null) {
            return;
        }
        Position before = position == null ? null : Position.parse(position);
        Position now = Position.parse(next);
        if (before != null && now != null && now.offset() != before.offset() + 1) {
            faults.add("after " + before + " came " + now);
        }
        position = next;
    }

    /** The newest thousand, in the order in which they came. */
    public synchronized List<JsonObject> messages() {
        return List.copyOf(messages);
    }

    /** The newest message with that event. */
    public synchronized JsonObject message(String id) {
        Iterator<JsonObject> newestFirst = messages.descendingIterator();
        while (newestFirst.hasNext()) {
            JsonObject message = newestFirst.next();
            if (id.equals(message.getJsonObject("data").getString("id"))) {
                return message;
            }
        }
        throw new IllegalArgumentException("no message with event " + id);
    }

    /** The ids of the events, in the order in which they came. */
    public synchronized List<String> ids() {
        return List.copyOf(ids);
    }

    /** How many events have come. */
    public synchronized int size() {
        return ids.size();
    }

    /** Whether an event has come. */
    public synchronized boolean has(String id) {
        return distinct.contains(id);
    }

    /** Empty if every position followed the one before; sealed positions tell only repeats. */
    public synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** The last position; null before the subscription was answered. */
    public synchronized @Nullable String position() {
        return position;
    }

    /** Where the newest subscription began; null while it isn't answered. */
    public synchronized @Nullable String subscribedAt() {
        return subscribedAt;
    }

    /** Whether the newest subscription began where the one before it ended. */
    public synchronized boolean recovered() {
        return recovered;
    }

    synchronized void disconnected() {
        subscribedAt = null;
    }
}
