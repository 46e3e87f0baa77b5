package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that follows the stream {@code bench}. A close one looks at every event: its time, and whether the positions
 * have a gap. The others only count bytes, which costs next to nothing and tells as surely whether they got the same.
 * Owned by the reading thread; the counts may be read by any.
 */
final class Subscriber extends Link {
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TIME = "\"t\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] POSITION = "\"position\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUBSCRIBED = "\"subscribed\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte SEPARATOR = ':'; // of epoch and offset
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final boolean close;
    private final Supplier<@Nullable Window> window;
    private boolean upgraded;
    private long position;

    volatile boolean subscribed;
    volatile long events;
    /** Of the events' lines, each with the line feed or frame that parts it from the next. */
    volatile long bytes;

    volatile long gaps;

    Subscriber(int port, String token, boolean close, Supplier<@Nullable Window> window) throws IOException {
        super(port);
        this.close = close;
        this.window = window;
        String request = "GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:" + port
                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
                + "\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer " + token + "\r\n\r\n";
        write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    }

    boolean close() {
        return close;
    }

    @Override
    int use(byte[] bytes, int end, long nowNanos) throws IOException {
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
        int head = Scan.find(bytes, 0, end, HEAD_END);
        if (head < 0) {
            return 0;
        }
        String answer = new String(bytes, 0, head, StandardCharsets.US_ASCII);
        if (!answer.startsWith("HTTP/1.1 101")) {
            throw new IOException("no WebSocket: " + answer.lines().findFirst().orElse(""));
        }
        upgraded = true;
        send(TEXT, "{\"type\":\"subscribe\",\"id\":1,\"stream\":\"bench\"}".getBytes(StandardCharsets.US_ASCII));
        return head + HEAD_END.length;
    }

    private void frame(int code, byte[] bytes, int from, int to, long nowNanos) throws IOException {
        switch (code) {
            case PING -> send(PONG, Arrays.copyOfRange(bytes, from, to));
            case CLOSE -> throw new IOException("Millrace closed a subscriber's socket");
            case TEXT -> text(bytes, from, to, nowNanos);
            default -> throw new IOException("a frame of kind " + code + " was not expected");
        }
    }

    private void text(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        if (!subscribed) {
            subscribed = Scan.find(bytes, from, to, SUBSCRIBED) >= 0;
            return;
        }
        this.bytes += to - from + 1;
        if (close) {
            look(bytes, from, to, nowNanos);
        }
    }

    private void look(byte[] bytes, int from, int to, long nowNanos) throws IOException {
        Window measured = window.get();
        int seen = 0;
        int at = Scan.find(bytes, from, to, POSITION);
        while (at >= 0) {
            int dot = at + POSITION.length;
            while (bytes[dot] != SEPARATOR) {
                dot++;
            }
            follow(Scan.number(bytes, dot + 1, to));
            int time = Scan.find(bytes, dot, to, TIME);
            if (time < 0) {
                throw new IOException("an event without its time arrived");
            }
            if (measured != null) {
                measured.arrived(Scan.number(bytes, time + TIME.length, to), nowNanos);
            }
            seen++;
            at = Scan.find(bytes, time, to, POSITION);
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

    /** The kernel has room for a frame so small. A mask of zeros is legal, and masking with it changes nothing. */
    private void send(int code, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(6 + payload.length);
        frame.put((byte) (0x80 | code)).put((byte) (0x80 | payload.length)).putInt(0);
        write(frame.put(payload).flip());
    }

    private static long number(byte[] bytes, int from, int length) {
        long number = 0;
        for (int i = 0; i < length; i++) {
            number = number << 8 | bytes[from + i] & 255;
        }
        return number;
    }
}
