package io.millrace.testkit;

import io.millrace.contracts.Position;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client received of one stream, over all its connections, and everything that was wrong with it: a gap, a
 * repeat, an event that came before its turn. Safe from any thread.
 */
public final class StreamLog {
    private final List<JsonObject> messages = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();
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
        String id = message.getJsonObject("data").getString("id");
        if (!ids.add(id)) {
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

    /** Every message, in the order in which they came. */
    public synchronized List<JsonObject> messages() {
        return List.copyOf(messages);
    }

    /** The ids of the events, in the order in which they came. */
    public synchronized List<String> ids() {
        return messages.stream()
                .map(message -> message.getJsonObject("data").getString("id"))
                .toList();
    }

    /** Whether an event has come. */
    public synchronized boolean has(String id) {
        return ids.contains(id);
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
