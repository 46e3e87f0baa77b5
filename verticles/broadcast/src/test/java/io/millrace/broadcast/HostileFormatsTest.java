package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import io.millrace.broadcast.format.CborReader;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.testkit.format.CompactMessages;
import io.millrace.waits.ShortWaits;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients may offer, and send in CBOR, that they shouldn't. */
@Timeout(60)
class HostileFormatsTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final List<PublishRequest> PUBLISHED = new CopyOnWriteArrayList<>();
    private static BroadcastFixture front;

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture();
        BroadcastFixture.done(front.bus.serve(Addresses.PUBLISH, publication -> {
            PUBLISHED.add(publication);
            return Future.succeededFuture(BroadcastFixture.queued("e-1"));
        }));
    }

    @AfterAll
    static void end() {
        front.close();
    }

    /** A client of one form, and what it is sent. */
    private static final class Client {
        final List<JsonObject> read = new CopyOnWriteArrayList<>();
        final WebSocket socket;

        Client(String... offered) throws Exception {
            CompactMessages messages = new CompactMessages();
            socket = BroadcastFixture.done(front.client(new WebSocketClientOptions())
                    .connect(new WebSocketConnectOptions()
                            .setHost("127.0.0.1")
                            .setPort(front.uri.getPort())
                            .setURI("/api/ws")
                            .addHeader("Authorization", "Bearer " + front.token("s-1", "staff"))
                            .setSubProtocols(List.of(offered))));
            socket.textMessageHandler(text -> read.addAll(messages.text(text)));
            socket.binaryMessageHandler(binary -> read.addAll(messages.binary(binary.getBytes())));
        }

        void send(byte[] cbor) throws Exception {
            BroadcastFixture.done(socket.writeBinaryMessage(Buffer.buffer(cbor)));
        }

        JsonObject await(String type) {
            ShortWaits.await().until(() -> read.stream().anyMatch(one -> type.equals(one.getString("type"))));
            return read.stream()
                    .filter(one -> type.equals(one.getString("type")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            textBlock =
                    """
                    none                                                | none
                    millrace                                            | millrace
                    v1.cbor.millrace                                    | v1.cbor.millrace
                    v9.cbor.millrace, v1.compact.millrace, millrace     | v1.compact.millrace
                    millrace, v1.cbor.millrace                          | millrace
                    v1.cbor.millrace, v1.compact.millrace               | v1.cbor.millrace
                    V1.CBOR.MILLRACE                                    | none
                    graphql-ws                                          | none
                    ,,,                                                 | none
                    ,, v1.compact.millrace ,                            | v1.compact.millrace
                    v1.compact.millrace\tmillrace                       | none
                    """)
    void theServerTakesTheFirstFormThatItKnows(@Nullable String offered, @Nullable String agreed) throws Exception {
        String header = offered == null ? "" : "Sec-WebSocket-Protocol: " + offered.replace("\\t", "\t") + "\r\n";
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", header)) {
            String line = socket.answer
                    .lines()
                    .filter(each -> each.toLowerCase(Locale.ROOT).startsWith("sec-websocket-protocol"))
                    .findFirst()
                    .map(each -> each.substring(each.indexOf(':') + 1).strip())
                    .orElse(null);
            assertEquals(agreed, line);
        }
    }

    @Test
    void aThousandFormsAreOfferedInVain() throws Exception {
        String header =
                "Sec-WebSocket-Protocol: " + String.join(",", Collections.nCopies(400, "v2.x.millrace")) + "\r\n";
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", header)) {
            socket.say("{\"type\":\"ping\",\"id\":1}");
            socket.next(message -> "pong".equals(message.getString("type")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"millrace", CompactMessages.COMPACT})
    void aBinaryMessageEndsAConnectionOfText(String offered) throws Exception {
        Client client = new Client(offered);
        client.send(cbor("ping", 1));
        await().until(() -> client.socket.isClosed());
        assertEquals((short) 4400, client.socket.closeStatusCode());
    }

    @Test
    void aClientOfCborMaySendEither() throws Exception {
        Client client = new Client(CompactMessages.CBOR);
        client.send(cbor("ping", 1));
        assertEquals(1, client.await("pong").getInteger("id"));
        client.read.clear();
        BroadcastFixture.done(client.socket.writeTextMessage("{\"type\":\"ping\",\"id\":2}"));
        assertEquals(2, client.await("pong").getInteger("id"));
    }

    @Test
    void anEventInCborKeepsEveryDigit() throws Exception {
        PUBLISHED.clear();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator cbor = new CBORFactory().createGenerator(bytes)) {
            cbor.writeStartObject();
            cbor.writeStringField("type", "publish");
            cbor.writeObjectFieldStart("event");
            cbor.writeNumberField("a", new BigDecimal("0.12345678901234567890"));
            cbor.writeNumberField("b", 1234.56);
            cbor.writeNumberField("c", Long.MIN_VALUE);
            cbor.writeNumberField("d", 0.5f);
            cbor.writeStringField("e", "é😀");
            cbor.writeEndObject();
            cbor.writeEndObject();
        }
        Client client = new Client(CompactMessages.CBOR);
        client.send(bytes.toByteArray());
        client.await("published");
        assertEquals(
                "{\"a\":0.12345678901234567890,\"b\":1234.56,\"c\":-9223372036854775808,\"d\":0.5,\"e\":\"é😀\"}",
                new String(PUBLISHED.get(0).events().get(0), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    nothing                             | ''
                    not an object                       | 01
                    an array                            | 80
                    cut off in an object                | a2646170697a
                    cut off in a text                   | a16474797065647069
                    something after it                  | a0a0
                    a break alone                       | ff
                    a reserved value                    | fc
                    a reserved length                   | bc
                    a byte string                       | a16474797065420102
                    not a number                        | a1626964f97e00
                    infinity                            | a1626964fb7ff0000000000000
                    a text of 2^62 bytes                | a164747970657b4000000000000000
                    a byte string of 2^62 bytes         | a164747970655b4000000000000000
                    an array of 2^62                    | a164747970659b4000000000000000
                    a text that is no UTF-8             | a1647479706562c3c3
                    half a surrogate pair               | a1647479706563eda080
                    half a surrogate pair in a name     | a163eda08001
                    the same name twice                 | a2626964016269640
                    an endless text                     | a164747970657f
                    """)
    void malformedCborIsABadMessageAndTheThirdTheLast(String what, String hex) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(hex.length() % 2 == 0 ? hex : hex + "1");
        Client client = new Client(CompactMessages.CBOR);
        client.send(bytes);
        assertEquals("bad_message", client.await("error").getString("code"), what);
        client.send(cbor("ping", 7));
        assertEquals(7, client.await("pong").getInteger("id"), what);
        client.send(bytes);
        client.send(bytes);
        await().until(() -> client.socket.isClosed());
        assertEquals((short) 4400, client.socket.closeStatusCode());
    }

    @Test
    void whatGrowsIsRefusedBeforeItHasGrown() throws Exception {
        long began = System.nanoTime();
        assertEquals(Failure.BAD_MESSAGE, failure(nested(100_000)));
        assertEquals(Failure.TOO_LARGE, failure(references()));
        assertEquals(Failure.BAD_MESSAGE, failure(bigNumber()));
        byte[] zeros = new byte[MEBIBYTE];
        zeros[0] = (byte) 0x9f;
        assertEquals(Failure.TOO_LARGE, failure(zeros));
        byte[] controls = new byte[MEBIBYTE];
        System.arraycopy(HexFormat.of().parseHex("7a000ffffb"), 0, controls, 0, 5);
        assertEquals(Failure.TOO_LARGE, failure(controls));
        assertTrue(System.nanoTime() - began < 5_000_000_000L, "it took long");
    }

    @Test
    void theAnswerToAMalformedMessageHasTheIdThatCouldBeRead() throws Exception {
        Client client = new Client(CompactMessages.CBOR);
        client.send(HexFormat.of().parseHex("a362696407" + "6474797065fc"));
        assertEquals(7, client.await("error").getInteger("id"));
    }

    @Test
    void noBytesDoMoreThanBeRefused() {
        Random random = new Random(37);
        byte[] good = cbor("subscribe", 1);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = i % 2 == 0 ? new byte[random.nextInt(60)] : Arrays.copyOf(good, good.length);
            if (i % 2 == 0) {
                random.nextBytes(bytes);
                // Often the start of an object with a text.
                if (bytes.length > 2 && i % 4 == 0) {
                    bytes[0] = (byte) 0xa1;
                    bytes[1] = (byte) (0x60 + random.nextInt(20));
                }
            } else {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            failure(bytes);
        }
    }

    /** How a message is refused; null if it is read. */
    private static @Nullable Failure failure(byte[] cbor) {
        try {
            CborReader.copy(cbor, MEBIBYTE, new StringWriter());
            return null;
        } catch (MillraceException refused) {
            return Objects.requireNonNull(refused.failure());
        }
    }

    private static byte[] cbor(String type, int id) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (CBORGenerator cbor = new CBORFactory().createGenerator(bytes)) {
            cbor.writeStartObject();
            cbor.writeStringField("type", type);
            cbor.writeNumberField("id", id);
            cbor.writeStringField("stream", "orders");
            cbor.writeNumberField("rate", 2.5);
            cbor.writeEndObject();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return bytes.toByteArray();
    }

    private static byte[] nested(int depth) {
        byte[] bytes = new byte[depth];
        Arrays.fill(bytes, (byte) 0x81);
        return bytes;
    }

    /** A text of 60,000 bytes, and 300,000 references to it (tags 256 and 25). */
    private static byte[] references() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex("d901009f79ea60"));
        bytes.writeBytes("x".repeat(60_000).getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 300_000; i++) {
            bytes.writeBytes(new byte[] {(byte) 0xd8, 25, 0});
        }
        bytes.write(0xff);
        return bytes.toByteArray();
    }

    private static byte[] bigNumber() {
        byte[] bytes = new byte[MEBIBYTE];
        Arrays.fill(bytes, (byte) 0x77);
        System.arraycopy(HexFormat.of().parseHex("c25a000ffffa"), 0, bytes, 0, 6);
        return bytes;
    }
}
