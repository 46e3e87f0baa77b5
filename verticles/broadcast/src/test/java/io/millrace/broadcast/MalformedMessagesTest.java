package io.millrace.broadcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.testkit.client.InternalDetails;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Each message that a client may send, left empty, wrong, of the wrong type, huge and nonsense: exactly one answer to it, by
 * its id; nothing of our insides in it; each refusal counted; nothing in the log.
 */
@Timeout(60)
@Isolated("It looks at all that is logged.")
class MalformedMessagesTest {
    private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
    private static final List<String> INSIDE = new CopyOnWriteArrayList<>();
    private static BroadcastFixture front;

    @BeforeAll
    static void begin() throws Exception {
        front = new BroadcastFixture();
        BroadcastFixture.done(front.bus.serve(
                Addresses.PUBLISH,
                publication -> Future.succeededFuture(
                        new String(publication.events().get(0), StandardCharsets.UTF_8).contains("refuse me")
                                ? new Outcomes(List.of(
                                        Outcome.failed("", Failure.INVALID_EVENT, "/data holds half a surrogate pair")))
                                : BroadcastFixture.queued("e-1"))));
        for (String inside : List.of("__vertx.reply.9999999", "millrace.commit")) {
            BroadcastFixture.done(front.vertx
                    .eventBus()
                    .consumer(inside, message -> INSIDE.add(inside))
                    .completion());
        }
        LOG.start();
        root().addAppender(LOG);
    }

    @AfterAll
    static void end() {
        root().detachAppender(LOG);
        front.close();
        assertEquals(List.of(), INSIDE, "what came to an address of the inside");
        assertEquals(
                List.of(),
                LOG.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage)
                        .toList());
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvFileSource(resources = "/malformed/websocket.txt", delimiter = '|', quoteCharacter = '`')
    void everyMessageHasOneAnswer(String written, String expected) throws Exception {
        String text = filled(written);
        boolean named = text.startsWith("{\"") || text.equals("{}");
        String sent = named ? text.replaceFirst("\\{", text.equals("{}") ? "{\"id\":1" : "{\"id\":1,") : text;
        double before = refused();
        try (RawWebSocket socket = new RawWebSocket(
                front.uri, "/api/ws", "Authorization: Bearer " + front.token("s-1", "staff") + "\r\n")) {
            socket.next(message -> "welcome".equals(message.getString("type")));
            socket.send(RawWebSocket.text(sent), RawWebSocket.text("{\"type\":\"ping\",\"id\":\"end\"}"));
            boolean unnamed = expected.equals("no id");
            JsonObject answer = socket.next(message ->
                    unnamed ? message.getString("type").equals("error") : Objects.equals(message.getValue("id"), 1));
            harmless(answer);
            if (expected.equals("4401")) {
                assertEquals("unauthenticated", answer.getString("code"));
                assertEquals(4401, socket.closeCode());
            } else {
                String kind = unnamed ? "bad_message" : expected;
                assertEquals(kind, answer.getString("code", answer.getString("type")));
                if (socket.messages.stream().noneMatch(message -> "end".equals(message.getValue("id")))) {
                    socket.next(message -> "end".equals(message.getValue("id")));
                }
                assertEquals(
                        unnamed ? 0 : 1,
                        socket.messages.stream()
                                .filter(message -> Objects.equals(message.getValue("id"), 1))
                                .count());
            }
            boolean error = answer.getString("type").equals("error");
            assertEquals(before + (error ? 1 : 0), refused());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9223372036854775808",
                "1e2",
                "1.5",
                "{}",
                "[1]",
                "true",
                "\"LONG\"",
                "1e999999999",
                "-99999999999999999999"
            })
    void aRequestWhoseIdCannotBeKeptIsRefused(String id) throws Exception {
        try (SocketClient client = new SocketClient()) {
            client.socket.send(
                    RawWebSocket.text("{\"type\":\"ping\",\"id\":" + id.replace("LONG", "x".repeat(129)) + "}"));
            JsonObject error =
                    client.socket.next(message -> !message.getString("type").equals("welcome"));
            assertEquals("bad_message", error.getString("code"));
            assertFalse(error.containsKey("id"));
            harmless(error);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "-1", "0", "\"\"", "\"é😀\"", "\"" + "x" + "\""})
    void aRequestIsAnsweredByItsVeryId(String id) throws Exception {
        try (SocketClient client = new SocketClient()) {
            client.socket.send(RawWebSocket.text("{\"id\":" + id + ",\"type\":\"ping\"}"));
            JsonObject pong =
                    client.socket.next(message -> message.getString("type").equals("pong"));
            assertEquals(new JsonObject("{\"id\":" + id + "}").getValue("id"), pong.getValue("id"));
        }
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvFileSource(resources = "/malformed/bridge.txt", delimiter = '|', quoteCharacter = '`')
    void everyMessageOfTheBridgeHasOneAnswer(String written, String expected) throws Exception {
        try (RawClient client = new RawWebSocket(front.uri, "/eventbus/websocket", "")) {
            hasOneAnswer(client, written, expected);
        }
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvFileSource(resources = "/malformed/bridge.txt", delimiter = '|', quoteCharacter = '`')
    void everyMessageOfTheBridgeOverTcpHasOneAnswer(String written, String expected) throws Exception {
        try (RawClient client = new RawTcpBridge(front.tcpPort)) {
            hasOneAnswer(client, written, expected);
        }
    }

    private static void hasOneAnswer(RawClient client, String written, String expected) throws IOException {
        String text = filled(written);
        boolean named = text.startsWith("{\"");
        String token = "\"authorization\":\"Bearer " + front.token("s-1", "staff") + "\"";
        String sent = named ? text.replaceFirst("\\{", "{\"replyAddress\":\"r\",") : text;
        double before = refused();
        client.say(
                "{\"type\":\"send\",\"address\":\"millrace.ingest\",\"replyAddress\":\"hello\",\"headers\":{" + token
                        + "},\"body\":{}}",
                sent,
                "{\"type\":\"send\",\"address\":\"millrace.ingest\",\"replyAddress\":\"end\",\"body\":{}}");
        boolean unnamed = expected.equals("no reply");
        JsonObject answer = client.next(message ->
                unnamed ? message.getString("type").equals("err") : "r".equals(message.getString("address")));
        harmless(answer);
        boolean error = answer.getString("type").equals("err");
        String kind = error
                ? answer.getString("message").split(" ", 2)[0]
                : Objects.requireNonNullElse(
                        answer.getJsonObject("body").getString("status"),
                        answer.getJsonObject("body").getString("type"));
        assertEquals(unnamed ? "bad_message" : expected, kind);
        if (client.messages().stream().noneMatch(message -> "end".equals(message.getString("address")))) {
            client.next(message -> "end".equals(message.getString("address")));
        }
        assertEquals(
                unnamed ? 0 : 1,
                client.messages().stream()
                        .filter(message -> "r".equals(message.getString("address")))
                        .count());
        assertEquals(before + (error ? 1 : 0), refused());
    }

    private static String filled(String written) {
        return written.replace('\'', '"')
                .replace("HUGE", "x".repeat(200_000))
                .replace("DIGITS", "9".repeat(200_000))
                .replace("DEEP", "[".repeat(5_000) + "]".repeat(5_000))
                .replace("OWN", front.token("s-1", "staff"))
                .replace("OTHER", front.token("s-2", "staff"));
    }

    private static double refused() {
        return front.metrics.find("millrace.broadcast.refused").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    static void harmless(JsonObject answer) {
        String text = answer.encode();
        assertEquals("", InternalDetails.in(text));
        assertTrue(text.length() < 2_000, text);
    }

    /** A client with the role staff. */
    private static final class SocketClient implements AutoCloseable {
        final RawWebSocket socket;

        SocketClient() throws Exception {
            socket = new RawWebSocket(
                    front.uri, "/api/ws", "Authorization: Bearer " + front.token("s-1", "staff") + "\r\n");
        }

        @Override
        public void close() throws Exception {
            socket.close();
        }
    }
}
