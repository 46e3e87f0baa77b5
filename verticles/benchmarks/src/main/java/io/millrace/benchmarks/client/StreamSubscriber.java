package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A WebSocket that follows one stream and counts its messages. Owned by one thread. */
public final class StreamSubscriber extends WebSocketConnection {
    private static final byte[] SUBSCRIBED = "\"type\":\"subscribed\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ERROR = "\"type\":\"error\"".getBytes(StandardCharsets.US_ASCII);

    private final String stream;
    private final byte[] mark;
    private boolean ready;
    private long events;
    private long bytes;

    /** @param mark what each event's message has once */
    public StreamSubscriber(int port, String token, String stream, String mark) throws IOException {
        super(port, token);
        this.stream = stream;
        this.mark = mark.getBytes(StandardCharsets.US_ASCII);
    }

    public boolean ready() {
        return ready;
    }

    public long events() {
        return events;
    }

    /** Of all messages. */
    public long bytes() {
        return bytes;
    }

    @Override
    void opened() throws IOException {
        send("{\"type\":\"subscribe\",\"id\":1,\"stream\":\"" + stream + "\"}");
    }

    @Override
    void text(byte[] text, int from, int to, long nowNanos) throws IOException {
        if (ByteSearch.find(text, from, to, ERROR) >= 0) {
            throw new IOException("refused: " + new String(text, from, to - from, StandardCharsets.UTF_8));
        }
        ready |= ByteSearch.find(text, from, to, SUBSCRIBED) >= 0;
        bytes += to - from;
        events += ByteSearch.count(text, from, to, mark);
    }
}
