package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that follows the stream {@code bench}. A close one looks at every event: its time, and whether the positions
 * have a gap. The others only count bytes, which costs next to nothing and tells as surely whether they got the same.
 * Owned by the reading thread; the counts may be read by any.
 */
public final class Subscriber extends WebSocketConnection {
    private static final byte[] TIME = "\"t\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] POSITION = "\"position\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUBSCRIBED = "\"subscribed\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte SEPARATOR = ':'; // of epoch and offset

    private final boolean close;
    private final Supplier<@Nullable MeasurementWindow> window;
    private long position;

    public volatile boolean subscribed;
    public volatile long events;
    /** Of the events' lines, each with the line feed or frame that parts it from the next. */
    public volatile long bytes;

    public volatile long gaps;

    public Subscriber(int port, String token, boolean close, Supplier<@Nullable MeasurementWindow> window)
            throws IOException {
        super(port, token);
        this.close = close;
        this.window = window;
    }

    public boolean close() {
        return close;
    }

    @Override
    void opened() throws IOException {
        send("{\"type\":\"subscribe\",\"id\":1,\"stream\":\"bench\"}");
    }

    @Override
    void text(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        if (!subscribed) {
            subscribed = ByteSearch.find(bytes, from, to, SUBSCRIBED) >= 0;
            return;
        }
        this.bytes += to - from + 1;
        if (close) {
            look(bytes, from, to, nowNanos);
        }
    }

    private void look(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        MeasurementWindow measured = window.get();
        int seen = 0;
        int at = ByteSearch.find(bytes, from, to, POSITION);
        while (at >= 0) {
            int dot = at + POSITION.length;
            while (bytes[dot] != SEPARATOR) {
                dot++;
            }
            follow(ByteSearch.number(bytes, dot + 1, to));
            int time = ByteSearch.find(bytes, dot, to, TIME);
            if (time < 0) {
                throw new IOException("an event without its time arrived");
            }
            if (measured != null) {
                measured.arrived(ByteSearch.number(bytes, time + TIME.length, to), nowNanos);
            }
            seen++;
            at = ByteSearch.find(bytes, time, to, POSITION);
        }
        if (seen == 0) {
            throw new IOException("not an event: " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }
        events += seen;
    }

    private void follow(long offset) {
        if (position != 0 && offset != position + 1) {
            gaps++;
        }
        position = offset;
    }
}
