package io.millrace.testkit.client;

import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of some {@link Transport}: what it was sent, control messages too. It may stop reading for a while. Safe from any thread. */
public final class TransportListener implements AutoCloseable {
    final TransportClient client;
    final URI front;
    final String token;
    final JsonObject options;
    private final List<JsonObject> messages = new ArrayList<>();
    private @Nullable TransportClient own;
    private @Nullable ReadStream<?> source;
    private @Nullable Runnable next;
    private @Nullable Throwable cause;
    private @Nullable Integer endedWith;
    private boolean paused;
    private boolean opened;
    private int events;

    TransportListener(TransportClient client, URI front, String token, JsonObject options) {
        this.client = client;
        this.front = front;
        this.token = token;
        this.options = options;
    }

    /** The client ends with it. */
    TransportListener closing(TransportClient client) {
        own = client;
        return this;
    }

    synchronized void add(JsonObject message) {
        messages.add(message);
        events += message.containsKey("priority") ? 1 : 0;
    }

    /** It has begun; whether it had before. */
    synchronized boolean opened() {
        boolean before = opened;
        opened = true;
        return before;
    }

    /** How many events came. */
    public synchronized int eventCount() {
        return events;
    }

    /** Of one type, in the order in which they came. */
    public synchronized List<JsonObject> all(String type) {
        return messages.stream()
                .filter(message -> type.equals(message.getString("type")))
                .toList();
    }

    /** It reads from there now. */
    synchronized void reads(ReadStream<?> from) {
        source = from;
        if (paused) {
            from.pause();
        }
    }

    /** Asks for what is next, unless it doesn't read now. */
    void next(Runnable ask) {
        synchronized (this) {
            if (paused) {
                next = ask;
                return;
            }
        }
        ask.run();
    }

    /** With a close code, or 0 if it was only cut. */
    synchronized void end(int code) {
        if (endedWith == null) {
            endedWith = code;
        }
    }

    /** Without a close code. */
    synchronized void cut(Throwable why) {
        cause = endedWith == null ? why : cause;
        end(0);
    }

    /** How it ended, for messages. */
    public synchronized String ending() {
        return endedWith + (cause == null ? "" : " (" + cause + ")");
    }

    public synchronized boolean hasEnded() {
        return endedWith != null;
    }

    public synchronized int endCode() {
        return endedWith == null ? -1 : endedWith;
    }

    public synchronized void pause() {
        paused = true;
        if (source != null) {
            source.pause();
        }
    }

    public void resume() {
        Runnable ask;
        synchronized (this) {
            paused = false;
            if (source != null) {
                source.resume();
            }
            ask = next;
            next = null;
        }
        if (ask != null) {
            TransportClient.begin(ask);
        }
    }

    public synchronized @Nullable JsonObject first(String type) {
        return messages.stream()
                .filter(message -> message.getString("type").equals(type))
                .findFirst()
                .orElse(null);
    }

    public synchronized List<JsonObject> messages() {
        return List.copyOf(messages);
    }

    public synchronized List<JsonObject> events() {
        return messages.stream()
                .filter(message -> message.containsKey("priority"))
                .toList();
    }

    public List<String> ids() {
        return events().stream()
                .map(event -> event.getJsonObject("data").getString("id"))
                .toList();
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
