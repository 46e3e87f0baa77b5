package io.millrace.broadcast;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A client of the TCP bridge that says whatever it is told to, byte for byte. */
public final class RawTcpBridge implements RawClient {
    private static final int PATIENCE_MS = 20_000;

    /** All that was read so far. */
    public final List<JsonObject> messages = new ArrayList<>();

    private final Socket socket = new Socket();
    private final DataInputStream in;

    /** These are the first bytes. */
    public RawTcpBridge(int port, byte[]... first) throws IOException {
        socket.setReceiveBufferSize(16_384);
        socket.setSoTimeout(PATIENCE_MS);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        send(first);
    }

    @Override
    public void say(String... texts) throws IOException {
        send(Arrays.stream(texts).map(RawTcpBridge::frame).toArray(byte[][]::new));
    }

    @Override
    public void say(byte[] bytes) throws IOException {
        send(bytes);
    }

    @Override
    public List<JsonObject> messages() {
        return messages;
    }

    /** A frame of text. */
    public static byte[] frame(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    /** The four bytes of a length. */
    public static byte[] length(int length) {
        return ByteBuffer.allocate(4).putInt(length).array();
    }

    /** In one write. */
    public RawTcpBridge send(byte[]... bytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] each : bytes) {
            all.writeBytes(each);
        }
        socket.getOutputStream().write(all.toByteArray());
        return this;
    }

    public RawTcpBridge send(JsonObject message) throws IOException {
        return send(frame(message.encode()));
    }

    /** Sends {@code type} to an address with these headers in turn, and {@code r} for the answer. */
    public RawTcpBridge send(String type, String address, String... headers) throws IOException {
        JsonObject all = new JsonObject();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return send(new JsonObject()
                .put("type", type)
                .put("address", address)
                .put("replyAddress", "r")
                .put("headers", all)
                .put("body", new JsonObject()));
    }

    @Override
    public JsonObject next(Predicate<JsonObject> wanted) throws IOException {
        while (true) {
            JsonObject message = read();
            if (wanted.test(message)) {
                return message;
            }
        }
    }

    public JsonObject next(String type) throws IOException {
        return next(message -> type.equals(message.getString("type")));
    }

    private JsonObject read() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        JsonObject message = new JsonObject(new String(bytes, UTF_8));
        messages.add(message);
        return message;
    }

    /** The code of the last message, once the server has closed the connection; 0 if there was no such message. */
    public int closeCode() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (EOFException | SocketException closed) {
            JsonObject last = messages.isEmpty() ? new JsonObject() : messages.get(messages.size() - 1);
            return last.getInteger("code", 0);
        }
    }

    @Override
    public int until(Predicate<JsonObject> wanted) throws IOException {
        try {
            next(wanted);
            return 0;
        } catch (EOFException | SocketException closed) {
            return messages.isEmpty() ? -1 : messages.get(messages.size() - 1).getInteger("code", -1);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
