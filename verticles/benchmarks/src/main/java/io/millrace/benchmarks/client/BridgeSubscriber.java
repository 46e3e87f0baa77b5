package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** A socket that follows the stream {@code bench}, in one of the forms that a WebSocket is served in. Owned by one thread. */
public final class BridgeSubscriber extends WebSocketConnection implements Counting {
    /** Once in every event. */
    public static final String MARK = "ahovcjqxelszgnubipwdkryfmt";

    private static final byte[] MARK_BYTES = MARK.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUBSCRIBED = "subscribed".getBytes(StandardCharsets.US_ASCII);

    /** How messages travel. */
    public enum Form {
        WEBSOCKET,
        COMPACT,
        CBOR,
        BRIDGE,
        SOCKJS
    }

    private final Form form;
    private final String token;
    private final boolean looks;
    private boolean ready;
    private long events;
    private long bytes;

    /** @param looks whether it counts the events; else it only reads them */
    public BridgeSubscriber(int port, String token, Form form, boolean looks) throws IOException {
        super(
                port,
                token,
                switch (form) {
                    case WEBSOCKET, COMPACT, CBOR -> "/api/ws";
                    case BRIDGE -> "/eventbus/websocket";
                    case SOCKJS -> "/eventbus/000/" + UUID.randomUUID() + "/websocket";
                },
                switch (form) {
                    case COMPACT -> "v1.compact.millrace";
                    case CBOR -> "v1.cbor.millrace";
                    default -> "";
                });
        this.form = form;
        this.token = token;
        this.looks = looks;
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

    /** Of the payloads of frames with events, if it counts them. */
    public long bytes() {
        return bytes;
    }

    @Override
    void opened() throws IOException {
        String register = "{\"type\":\"register\",\"address\":\"stream.bench\",\"headers\":{\"authorization\":\"Bearer "
                + token + "\"}}";
        send(
                switch (form) {
                    case WEBSOCKET, COMPACT, CBOR -> "{\"type\":\"subscribe\",\"id\":1,\"stream\":\"bench\"}";
                    case BRIDGE -> register;
                    case SOCKJS -> "[\"" + register.replace("\"", "\\\"") + "\"]";
                });
    }

    @Override
    void text(byte[] bytes, int from, int to, long nowNanos) {
        if (!ready) {
            ready = ByteSearch.find(bytes, from, to, SUBSCRIBED) >= 0;
        } else if (looks) {
            this.bytes += to - from;
            int at = ByteSearch.find(bytes, from, to, MARK_BYTES);
            while (at >= 0) {
                events++;
                at = ByteSearch.find(bytes, at + MARK_BYTES.length, to, MARK_BYTES);
            }
        }
    }
}
