package io.millrace.platform.http.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of HTTP/2 of which each is right and there are a few more than anybody needs; another connection goes on. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class Http2FloodTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;
    private static final int END_STREAM = 1;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final byte[] CANCEL = {0, 0, 0, 8};

    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static int port;
    private static HttpClient other;

    @BeforeAll
    static void start() throws Exception {
        port = HttpFixture.front(VERTX, METRICS);
        other = HttpFixture.http2(VERTX, port);
    }

    @AfterAll
    static void stop() throws Exception {
        HttpFixture.done(VERTX.close());
    }

    /** A connection that ends, with the reason for it in its last frame: ENHANCE_YOUR_CALM, whichever frame it was. */
    @ParameterizedTest
    @CsvSource({"resets, 300", "empty data, 2000", "continuations, 400"})
    void whoSendsMoreThanAnybodyNeedsIsSentAway(String what, int times) throws Exception {
        assertGood();
        double before = refused();
        try (Frames frames = new Frames()) {
            int last = frames.send(what, times);
            assertEquals(ENHANCE_YOUR_CALM, last, what);
        }
        await().until(() -> refused() == before + 1);
        assertGood();
    }

    @Test
    void whoResetsNowAndThenIsNot() throws Exception {
        try (Frames frames = new Frames()) {
            frames.resets(50);
            frames.request(101, END_STREAM);
            frames.flush();
            assertTrue(frames.answered(101));
        }
    }

    /** RFC 9113 §6.5.2 lets a server say what it takes, and §8.1 end the stream of what is more. */
    @ParameterizedTest
    @ValueSource(strings = {"one large header", "two thousand small ones"})
    void tooManyHeadersEndTheirStreamAlone(String what) throws Exception {
        HttpClient client = HttpFixture.http2(VERTX, port);
        assertEquals("got 1", HttpFixture.body(client, HttpMethod.GET, "/thing?q=1", 200));
        RequestOptions options = new RequestOptions().setURI("/thing");
        if (what.startsWith("one")) {
            options.putHeader("x", "y".repeat(100_000));
        } else {
            for (int i = 0; i < 2_000; i++) {
                options.addHeader("x-" + i, "y");
            }
        }
        boolean refused;
        try {
            refused = HttpFixture.done(client.request(options).compose(HttpClientRequest::send))
                            .statusCode()
                    == 431;
        } catch (ExecutionException reset) {
            refused = true;
        }
        assertTrue(refused);
        assertEquals("got 1", HttpFixture.body(client, HttpMethod.GET, "/thing?q=1", 200));
        HttpFixture.done(client.close());
    }

    private static double refused() {
        return METRICS.get("millrace.http.refused.connections")
                .tag("reason", "bad_frames")
                .counter()
                .count();
    }

    private static void assertGood() throws Exception {
        assertEquals("got 1", HttpFixture.body(other, HttpMethod.GET, "/thing?q=1", 200));
    }

    /** A connection with prior knowledge (RFC 9113 §3.3), frame by frame. */
    private static final class Frames implements AutoCloseable {
        private final Socket socket = new Socket("127.0.0.1", port);
        private final DataInputStream in = new DataInputStream(socket.getInputStream());
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Frames() throws IOException {
            socket.setSoTimeout(20_000);
            out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(SETTINGS, 0, 0);
        }

        void frame(int type, int flags, int stream, byte... payload) {
            out.writeBytes(new byte[] {
                (byte) (payload.length >> 16),
                (byte) (payload.length >> 8),
                (byte) payload.length,
                (byte) type,
                (byte) flags,
                (byte) (stream >> 24),
                (byte) (stream >> 16),
                (byte) (stream >> 8),
                (byte) stream
            });
            out.writeBytes(payload);
        }

        /** GET /thing: of the static table (RFC 7541, appendix A) the method and scheme, and the path as it is. */
        void request(int stream, int more) {
            byte[] path = "/thing".getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.writeBytes(new byte[] {(byte) 0x82, (byte) 0x86, 0x04, (byte) path.length});
            block.writeBytes(path);
            block.writeBytes(new byte[] {0x01, 1, 'a'});
            frame(HEADERS, more | END_HEADERS, stream, block.toByteArray());
        }

        void resets(int times) {
            for (int i = 0; i < times; i++) {
                request(2 * i + 1, END_STREAM);
                frame(RST_STREAM, 0, 2 * i + 1, CANCEL);
            }
        }

        /** The error of the connection's end. */
        int send(String what, int times) throws IOException {
            if (what.equals("resets")) {
                resets(times);
            } else if (what.equals("continuations")) {
                frame(HEADERS, 0, 1, (byte) 0x82);
                // The smallest header there is, again and again.
                byte[] same = new byte[100];
                Arrays.fill(same, (byte) 0x82);
                for (int i = 0; i < times; i++) {
                    frame(CONTINUATION, 0, 1, same);
                }
            } else {
                frame(HEADERS, END_HEADERS, 1, (byte) 0x83, (byte) 0x86, (byte) 0x84, (byte) 0x01, (byte) 1, (byte)
                        'a');
                for (int i = 0; i < times; i++) {
                    frame(DATA, 0, 1);
                }
            }
            try {
                flush();
            } catch (IOException cut) {
                // Its reason comes first.
            }
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                in.skipNBytes(5);
                byte[] payload = in.readNBytes(length);
                if (type == GOAWAY) {
                    return payload[7];
                }
            }
        }

        void flush() throws IOException {
            socket.getOutputStream().write(out.toByteArray());
            out.reset();
        }

        boolean answered(int stream) throws IOException {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                in.skipNBytes(1);
                int of = in.readInt();
                in.skipNBytes(length);
                if (type == GOAWAY) {
                    return false;
                }
                if (type == HEADERS && of == stream) {
                    return true;
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
