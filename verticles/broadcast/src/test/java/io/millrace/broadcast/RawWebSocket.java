package io.millrace.broadcast;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A WebSocket (RFC 6455) written byte by byte, for what no client library sends. For one thread. */
final class RawWebSocket implements RawClient {
    static final int TEXT = 0x81;
    static final int CLOSE = 0x88;
    private static final int WAIT_MS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    /** The head of the server's answer. */
    final String answer;
    /** Messages that came, the bridge's too; in the order in which they came. */
    final List<JsonObject> messages = new ArrayList<>();

    /**
     * @param headers further lines of the request, each with its end of line
     * @param first what is sent once the server has answered, in one write
     */
    RawWebSocket(URI front, String path, String headers, byte[]... first) throws IOException {
        socket = new Socket(front.getHost(), front.getPort());
        socket.setSoTimeout(WAIT_MS);
        in = new DataInputStream(socket.getInputStream());
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: " + front.getAuthority()
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                        + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        send(request);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        answer = head.toString();
        if (!answer.startsWith("HTTP/1.1 101")) {
            throw new IOException(answer);
        }
        send(first);
    }

    /** As they are, in one write. */
    void send(byte[]... frames) throws IOException {
        socket.getOutputStream().write(join(frames));
    }

    @Override
    public void say(String... texts) throws IOException {
        send(Arrays.stream(texts).map(RawWebSocket::text).toArray(byte[][]::new));
    }

    @Override
    public void say(byte[] bytes) throws IOException {
        send(bytes);
    }

    @Override
    public List<JsonObject> messages() {
        return messages;
    }

    static byte[] text(String text) {
        return frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A frame, masked with zeros, which leave its payload as it is. */
    static byte[] frame(int first, byte... payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(new byte[4]);
            for (int shift = 24; shift >= 0; shift -= 8) {
                frame.write(payload.length >> shift);
            }
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Override
    public JsonObject next(Predicate<JsonObject> wanted) throws IOException {
        int before = messages.size();
        int code = until(wanted);
        for (JsonObject message : messages.subList(before, messages.size())) {
            if (wanted.test(message)) {
                return message;
            }
        }
        throw new IOException("closed with " + code + " after " + messages);
    }

    @Override
    public int until(Predicate<JsonObject> wanted) throws IOException {
        while (true) {
            int before = messages.size();
            int code = read();
            if (code != 0 || messages.subList(before, messages.size()).stream().anyMatch(wanted)) {
                return code;
            }
        }
    }

    /** The code of the close frame; 1006 if the connection ends without one. */
    int closeCode() throws IOException {
        while (true) {
            int code = read();
            if (code != 0) {
                return code;
            }
        }
    }

    /** Reads a frame; the code if it was a close. */
    private int read() throws IOException {
        int first = in.read();
        if (first < 0) {
            return 1006;
        }
        long length = in.readUnsignedByte();
        length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
        byte[] payload = in.readNBytes((int) length);
        if (first == CLOSE) {
            return payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
        }
        if (first == TEXT) {
            new String(payload, StandardCharsets.UTF_8)
                    .lines()
                    .map(JsonObject::new)
                    .forEach(messages::add);
        }
        return 0;
    }

    /** Whether the other side has closed the connection, and what else it sent before. */
    boolean ended() throws IOException {
        int last = read();
        while (last != 1006) {
            last = read();
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
