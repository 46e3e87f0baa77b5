package io.millrace.broadcast;

import static io.millrace.broadcast.RawWebSocket.frame;
import static io.millrace.broadcast.RawWebSocket.join;
import static io.millrace.broadcast.RawWebSocket.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.PublishRequest;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of a client's frames by RFC 6455, and the order in which its messages are handled. */
@Timeout(60)
class FramesTest {
    private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    private static final List<PublishRequest> PUBLISHED = new CopyOnWriteArrayList<>();
    private static BroadcastFixture front;

    @BeforeAll
    static void begin() throws Exception {
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

    private static final List<Arguments> VIOLATIONS = List.of(
            arguments("an unmasked frame", "", new byte[] {(byte) 0x81, 2, '{', '}'}, 1002),
            arguments("an unmasked ping", "", new byte[] {(byte) 0x89, 0}, 1002),
            arguments("a reserved opcode for data", "", frame(0x83, (byte) 'a'), 1002),
            arguments("a reserved opcode for control", "", frame(0x8b), 1002),
            arguments("reserved bit 1 without compression", "", frame(0xc1, (byte) '{', (byte) '}'), 1002),
            arguments("reserved bit 2", "", frame(0xa1, (byte) '{', (byte) '}'), 1002),
            arguments("reserved bit 3", "", frame(0x91, (byte) '{', (byte) '}'), 1002),
            arguments("reserved bit 1 on a ping", "", frame(0xc9), 1002),
            arguments("reserved bit 2 with compression", DEFLATE, frame(0xa1, (byte) '{', (byte) '}'), 1002),
            arguments("reserved bit 1 on a ping with compression", DEFLATE, frame(0xc9), 1002),
            arguments(
                    "reserved bit 1 on a continuation",
                    DEFLATE,
                    join(frame(0x01, (byte) '{'), frame(0xc0, (byte) '}')),
                    1002),
            arguments("what is compressed badly", DEFLATE, frame(0xc1, (byte) 0xff, (byte) 0xff, (byte) 0xff), 1002),
            arguments("a continuation of nothing", "", frame(0x80, (byte) 'a'), 1002),
            arguments(
                    "a message within a message", "", join(frame(0x01, (byte) '{'), text("{\"type\":\"ping\"}")), 1002),
            arguments("a ping of 126 bytes", "", frame(0x89, new byte[126]), 1002),
            arguments("a ping in fragments", "", frame(0x09, (byte) 'a'), 1002),
            arguments("a close of one byte", "", frame(0x88, (byte) 3), 1002),
            arguments("a close with the code 1005", "", frame(0x88, (byte) 3, (byte) 0xed), 1002),
            arguments("a close with the code 999", "", frame(0x88, (byte) 3, (byte) 0xe7), 1002),
            arguments(
                    "a length that is longer than need be",
                    "",
                    new byte[] {(byte) 0x81, (byte) 0xfe, 0, 1, 0, 0, 0, 0, 'a'},
                    1002),
            arguments("a byte that is no UTF-8", "", frame(0x81, (byte) '"', (byte) 0xff, (byte) '"'), 1007),
            arguments("an overlong slash", "", frame(0x81, (byte) 0xc0, (byte) 0xaf), 1007),
            arguments("half a surrogate pair in UTF-8", "", frame(0x81, (byte) 0xed, (byte) 0xa0, (byte) 0x80), 1007),
            arguments("UTF-8 that is cut off", "", frame(0x81, (byte) '"', (byte) 0xc3), 1007),
            arguments(
                    "a byte that is no UTF-8 in the second fragment",
                    "",
                    join(frame(0x01, (byte) '"', (byte) 0xc3), frame(0x80, (byte) '"')),
                    1007),
            arguments("a close whose reason is no UTF-8", "", frame(0x88, (byte) 3, (byte) 0xe8, (byte) 0xff), 1007),
            arguments(
                    "a length of 2^62",
                    "",
                    new byte[] {(byte) 0x81, (byte) 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                    1009),
            arguments("a frame that is too long", "", frame(0x81, new byte[(1 << 20) + 1]), 1009),
            arguments(
                    "a message in fragments that is too long",
                    "",
                    join(
                            frame(0x01, "x".repeat(700_000).getBytes(StandardCharsets.US_ASCII)),
                            frame(0x80, "x".repeat(700_000).getBytes(StandardCharsets.US_ASCII))),
                    1009),
            arguments("a binary message", "", frame(0x82, (byte) '{', (byte) '}'), 4400));

    static List<Arguments> violations() {
        return VIOLATIONS;
    }

    @ParameterizedTest(name = "{0}: {3}")
    @MethodSource("violations")
    void whatBreaksTheRulesEndsWithItsCode(String what, String headers, byte[] bytes, int code) throws Exception {
        double before = front.closed("" + code);
        try (RawWebSocket socket =
                new RawWebSocket(front.uri, "/api/ws", headers, text("{\"type\":\"ping\",\"id\":1}"))) {
            socket.next(message -> "pong".equals(message.getString("type")));
            socket.send(bytes);
            assertEquals(code, socket.closeCode());
            if (code < 4000) {
                // Whose frames can't be read any more need not answer the close.
                long began = System.nanoTime();
                assertTrue(socket.ended());
                assertTrue(System.nanoTime() - began < 5_000_000_000L, "after the time for the answer to a close");
            }
        }
        if (bytes[0] != (byte) 0x88) {
            assertEquals(before + 1, front.closed("" + code));
        }
    }

    @Test
    void aMessageInFragmentsIsOne() throws Exception {
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", "")) {
            byte[] message = "{\"type\":\"ping\",\"id\":\"é😀\"}".getBytes(StandardCharsets.UTF_8);
            socket.send(frame(0x01));
            for (byte one : message) {
                socket.send(frame(0x00, one), frame(0x89, (byte) 'p'));
            }
            socket.send(frame(0x80));
            assertEquals(
                    "é😀",
                    socket.next(got -> "pong".equals(got.getString("type"))).getString("id"));
        }
    }

    /** All of it in one segment: the second message is handled after the authentication. */
    @Test
    void messagesAfterAnAuthHaveItsIdentity() throws Exception {
        PUBLISHED.clear();
        byte[][] behind = {
            text("{\"type\":\"auth\",\"id\":1,\"token\":\"" + front.token("s-7", "staff") + "\"}"),
            text("{\"type\":\"subscribe\",\"id\":2,\"stream\":\"orders\"}"),
            text("{\"type\":\"publish\",\"id\":3,\"event\":{\"type\":\"order:created\",\"data\":{}}}"),
            text("{\"type\":\"ping\",\"id\":4}")
        };
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", "", behind)) {
            JsonObject welcome = socket.next(message -> "welcome".equals(message.getString("type")));
            assertEquals("s-7", welcome.getString("user"));
            assertEquals(1, welcome.getInteger("id"));
            while (socket.messages.stream()
                            .filter(message -> message.containsKey("id"))
                            .count()
                    < 4) {
                socket.next(message -> message.containsKey("id"));
            }
            assertEquals(
                    List.of("pong", "published", "subscribed", "welcome"),
                    socket.messages.stream()
                            .map(message -> message.getString("type"))
                            .sorted()
                            .toList());
        }
        assertEquals(
                List.of("s-7"), PUBLISHED.stream().map(PublishRequest::user).toList());
    }

    @Test
    void soItIsOverTheBridge() throws Exception {
        PUBLISHED.clear();
        try (RawWebSocket socket = new RawWebSocket(
                front.uri,
                "/eventbus/websocket",
                "",
                text("{\"type\":\"register\",\"address\":\"stream.orders\",\"headers\":{\"authorization\":\"Bearer "
                        + front.token("s-8", "staff") + "\"}}"),
                text(
                        "{\"type\":\"send\",\"address\":\"millrace.ingest\",\"replyAddress\":\"r\",\"body\":{\"type\":\"a:b\"}}"))) {
            JsonObject reply = socket.next(message -> "r".equals(message.getString("address")));
            assertEquals("queued", reply.getJsonObject("body").getString("status"));
        }
        assertEquals(
                List.of("s-8"), PUBLISHED.stream().map(PublishRequest::user).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"auth\",\"token\":\"no token\"}",
                "{\"type\":\"auth\",\"token\":\"\"}",
                "{\"type\":\"auth\",\"token\":\"eyJhbGciOiJIUzI1NiJ9.bnVsbA.c\"}",
                "{\"type\":\"auth\",\"token\":\"a.b.c\"}"
            })
    void afterAFarewellNothingIsRead(String last) throws Exception {
        PUBLISHED.clear();
        byte[] publish = text("{\"type\":\"publish\",\"event\":{\"type\":\"order:created\",\"data\":{}}}");
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", "")) {
            socket.send(text(last), publish, publish, frame(0x89));
            JsonObject error = socket.next(message -> "error".equals(message.getString("type")));
            assertEquals("unauthenticated", error.getString("code"));
            assertEquals(4401, socket.closeCode());
            socket.send(publish, frame(0x89), publish);
            socket.send(frame(0x88, (byte) 3, (byte) 0xe8));
            int before = socket.messages.size();
            assertTrue(socket.ended());
            assertEquals(before, socket.messages.size());
        } catch (IOException reset) {
            assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset::toString);
        }
        assertEquals(List.of(), PUBLISHED);
    }

    @Test
    void norIsItAfterTheThirdBadMessageOfTheBridge() throws Exception {
        PUBLISHED.clear();
        byte[] publish = text("{\"type\":\"send\",\"address\":\"millrace.ingest\",\"body\":{\"type\":\"a:b\"}}");
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/eventbus/websocket", "")) {
            socket.send(text("{"), text("["), text("}"), publish, publish);
            assertEquals(4400, socket.closeCode());
        }
        assertEquals(List.of(), PUBLISHED);
    }
}
