package io.millrace.broadcast.websocket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.StreamStore;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** permessage-deflate, frame by frame. */
@Timeout(60)
class PerMessageDeflateTest {
    private static final int COMPRESSED_TEXT = 0xC1;
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x88;
    private static final String PING = "{\"type\":\"ping\"}";

    private final BroadcastFixture front = new BroadcastFixture();

    PerMessageDeflateTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void compressedFramesHaveTheContentOfTheOthers() throws Exception {
        try (RawSocket raw = new RawSocket("permessage-deflate; client_max_window_bits");
                SocketClient plain = front.connect("s-1", "staff")) {
            StreamLog log = plain.subscribe(StreamStore.STREAM);
            raw.subscribe();
            for (int i = 1; i <= 300; i++) {
                front.store.change("o-" + i, "{\"total\":" + i + ",\"remarks\":\"" + "y".repeat(i) + "\"}");
            }
            await().until(() -> log.ids().size() == 300);
            List<JsonObject> got = new ArrayList<>();
            while (got.size() < 300) {
                raw.next().text().lines().map(JsonObject::new).forEach(got::add);
            }
            assertEquals(log.messages(), got);
            assertTrue(raw.compressed > 0, "nothing came compressed");
            assertTrue(raw.wire < raw.told / 2, () -> raw.told + " bytes in " + raw.wire);
        }
    }

    @Test
    void aClientThatWantsASmallerWindowGetsUncompressedFrames() throws Exception {
        try (RawSocket raw = new RawSocket("permessage-deflate; server_max_window_bits=9")) {
            raw.subscribe();
            front.store.commit("nobody", 5_000);
            assertEquals(TEXT, raw.next().first);
        }
    }

    @Test
    void aBombIsTooBig() throws Exception {
        try (RawSocket raw = new RawSocket("permessage-deflate");
                SocketClient other = front.connect("s-1", "staff")) {
            StreamLog log = other.subscribe(StreamStore.STREAM);
            raw.send(COMPRESSED_TEXT, deflated(new byte[60 << 20]));
            raw.endsTooBig();
            front.store.commit(1);
            await().until(() -> log.ids().size() == 1);
        }
    }

    @Test
    void aCompressedMessageMayBeCutAnywhere() throws Exception {
        try (RawSocket raw = new RawSocket("permessage-deflate")) {
            byte[] message = deflated(PING.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < message.length; i++) {
                int last = i == message.length - 1 ? 0x80 : 0;
                raw.send(last | (i == 0 ? COMPRESSED_TEXT & 0x7f : 0), new byte[] {message[i]});
            }
            raw.next("pong");
        }
    }

    @Test
    void aMessageOfAMebibyteIsTakenAndOneOfAByteMoreIsNot() throws Exception {
        try (RawSocket raw = new RawSocket("permessage-deflate")) {
            byte[] message = (PING + " ".repeat((1 << 20) - PING.length() + 1)).getBytes(StandardCharsets.US_ASCII);
            raw.send(COMPRESSED_TEXT, deflated(Arrays.copyOf(message, 1 << 20)));
            raw.next("pong");
            raw.send(COMPRESSED_TEXT, deflated(message));
            raw.endsTooBig();
        }
    }

    private static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(bytes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] part = new byte[8_192];
        int made;
        do {
            made = deflater.deflate(part, 0, part.length, Deflater.SYNC_FLUSH);
            out.write(part, 0, made);
        } while (made == part.length);
        byte[] all = out.toByteArray();
        return Arrays.copyOf(all, all.length - 4);
    }

    private record Frame(int first, byte[] payload, String text) {}

    /** A WebSocket by hand (RFC 6455), with the role staff. */
    private final class RawSocket implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final Inflater inflater = new Inflater(true);
        private int compressed;
        private long wire;
        private long told;

        RawSocket(String extensions) throws IOException {
            socket = new Socket("127.0.0.1", front.uri.getPort());
            in = new DataInputStream(socket.getInputStream());
            String request = "GET /api/ws HTTP/1.1\r\nHost: 127.0.0.1:" + front.uri.getPort()
                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
                    + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: " + extensions
                    + "\r\nAuthorization: Bearer " + front.token("s-2", "staff") + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder answer = new StringBuilder();
            while (answer.indexOf("\r\n\r\n") < 0) {
                answer.append((char) in.read());
            }
            assertTrue(answer.toString().startsWith("HTTP/1.1 101"), answer::toString);
        }

        void subscribe() throws Exception {
            send(TEXT, "{\"type\":\"subscribe\",\"stream\":\"orders\"}".getBytes(StandardCharsets.US_ASCII));
            next("subscribed");
            wire = 0;
            told = 0;
        }

        /** Masked with zeros, which leave the payload as it is. */
        void send(int first, byte[] payload) throws IOException {
            ByteArrayOutputStream frame = new ByteArrayOutputStream();
            frame.write(first);
            if (payload.length < 126) {
                frame.write(0x80 | payload.length);
            } else if (payload.length < 1 << 16) {
                frame.write(0x80 | 126);
                frame.write(payload.length >> 8);
                frame.write(payload.length);
            } else {
                frame.write(0x80 | 127);
                for (int shift = 56; shift >= 0; shift -= 8) {
                    frame.write((int) ((long) payload.length >> shift));
                }
            }
            frame.write(new byte[4]);
            frame.write(payload);
            socket.getOutputStream().write(frame.toByteArray());
        }

        void next(String type) throws Exception {
            while (!next().text.contains('"' + type + '"')) {
                // The welcome comes first.
                continue;
            }
        }

        void endsTooBig() throws Exception {
            Frame last = next();
            while (last.first != CLOSE) {
                last = next();
            }
            assertEquals(1009, (last.payload[0] & 0xff) << 8 | (last.payload[1] & 0xff));
        }

        Frame next() throws Exception {
            int first = in.readUnsignedByte();
            long length = in.readUnsignedByte();
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
            byte[] payload = new byte[(int) length];
            in.readFully(payload);
            String text = first == COMPRESSED_TEXT ? inflated(payload) : new String(payload, StandardCharsets.UTF_8);
            compressed += first == COMPRESSED_TEXT ? 1 : 0;
            wire += length;
            told += text.length();
            return new Frame(first, payload, text);
        }

        /** As RFC 7692, 7.2.2, with the context kept from message to message. */
        private String inflated(byte[] payload) throws DataFormatException {
            byte[] input = Arrays.copyOf(payload, payload.length + 4);
            input[payload.length + 2] = (byte) 0xff;
            input[payload.length + 3] = (byte) 0xff;
            inflater.setInput(input);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] part = new byte[8_192];
            for (int made = inflater.inflate(part); made > 0; made = inflater.inflate(part)) {
                out.write(part, 0, made);
            }
            return out.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
