package io.millrace.benchmarks.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A WebSocket to Millrace. Owned by the reading thread. */
abstract class WebSocketConnection extends ClientConnection {
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int SHORT = 125;

    private boolean upgraded;

    WebSocketConnection(int port, String token) throws IOException {
        this(port, token, "/api/ws", "");
    }

    /** @param subprotocol that of a form of messages; empty for none */
    WebSocketConnection(int port, String token, String path, String subprotocol) throws IOException {
        super(port);
        String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
                + "\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer " + token
                + (subprotocol.isEmpty() ? "" : "\r\nSec-WebSocket-Protocol: " + subprotocol) + "\r\n\r\n";
        write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    }

    /** The WebSocket is open. */
    abstract void opened() throws IOException;

    /** A frame of messages came. */
    abstract void text(byte[] bytes, int from, int to, long nowNanos) throws IOException;

    /** Sends a message of ASCII characters. */
    final void send(String message) throws IOException {
        send(TEXT, message.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    protected final int use(byte[] bytes, int end, long nowNanos) throws IOException {
        int at = upgraded ? 0 : upgrade(bytes, end);
        while (upgraded && end - at >= 2) {
            int small = bytes[at + 1] & 127;
            int header = small < 126 ? 2 : small == 126 ? 4 : 10;
            if (end - at < header) {
                break;
            }
            long length = small < 126 ? small : number(bytes, at + 2, header - 2);
            if (end - at - header < length) {
                break;
            }
            int from = at + header;
            frame(bytes[at] & 15, bytes, from, from + (int) length, nowNanos);
            at = from + (int) length;
        }
        return at;
    }

    private int upgrade(byte[] bytes, int end) throws IOException {
        int head = ByteSearch.find(bytes, 0, end, HEAD_END);
        if (head < 0) {
            return 0;
        }
        String answer = new String(bytes, 0, head, StandardCharsets.US_ASCII);
        if (!answer.startsWith("HTTP/1.1 101")) {
            throw new IOException("no WebSocket: " + answer.lines().findFirst().orElse(""));
        }
        upgraded = true;
        opened();
        return head + HEAD_END.length;
    }

    private void frame(int code, byte[] bytes, int from, int to, long nowNanos) throws IOException {
        switch (code) {
            case PING -> send(PONG, Arrays.copyOfRange(bytes, from, to));
            case CLOSE -> throw new IOException("Millrace closed a subscriber's socket");
            case TEXT, BINARY -> text(bytes, from, to, nowNanos);
            default -> throw new IOException("a frame of kind " + code + " was not expected");
        }
    }

    /** The kernel has room for a frame so small. A mask of zeros is legal, and masking with it changes nothing. */
    private void send(int code, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(8 + payload.length);
        frame.put((byte) (0x80 | code));
        if (payload.length <= SHORT) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        write(frame.putInt(0).put(payload).flip());
    }

    private static long number(byte[] bytes, int from, int length) {
        long number = 0;
        for (int i = 0; i < length; i++) {
            number = (number << 8) | (bytes[from + i] & 255);
        }
        return number;
    }
}
