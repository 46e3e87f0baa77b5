package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A WebSocket of Socket.IO 4, whose server puts it into a room. Owned by the reading thread. */
public final class SocketIoSubscriber extends WebSocketConnection implements Counting {
    private static final byte[] MARK = BridgeSubscriber.MARK.getBytes(StandardCharsets.US_ASCII);

    private final boolean looks;
    private boolean ready;
    private long events;

    /** @param looks whether it counts the events; else it only reads them */
    public SocketIoSubscriber(int port, boolean looks) throws IOException {
        super(port, "none", "/socket.io/?EIO=4&transport=websocket", "");
        this.looks = looks;
    }

    @Override
    void opened() {
        // The server speaks first.
    }

    @Override
    void text(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        switch (bytes[from]) {
            case '0' -> send("40");
            case '2' -> send("3");
            case '4' -> {
                if (bytes[from + 1] == '0') {
                    ready = true;
                } else if (looks) {
                    events += ByteSearch.find(bytes, from, to, MARK) >= 0 ? 1 : 0;
                }
            }
            default ->
                throw new IOException(
                        "not of Socket.IO: " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }
    }

    @Override
    public boolean looks() {
        return looks;
    }

    @Override
    public boolean ready() {
        return ready;
    }

    @Override
    public long events() {
        return events;
    }
}
