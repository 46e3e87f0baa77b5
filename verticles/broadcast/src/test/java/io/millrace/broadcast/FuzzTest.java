package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.contracts.bus.Addresses;
import io.millrace.testkit.client.InternalDetails;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/**
 * Whatever clients say, for as long as {@code -Dmillrace.fuzz.seconds} says (10), from {@code -Dmillrace.fuzz.seed}: each
 * message has an answer or a documented close, the log stays empty, and a client beside them misses nothing.
 */
@Tag("slow")
@Isolated("It looks at all that is logged.")
class FuzzTest {
    private static final long SEED = Long.getLong("millrace.fuzz.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("millrace.fuzz.seconds", 10);
    private static final Set<Integer> CLOSES = Set.of(1000, 1002, 1007, 1008, 1009, 4400, 4401, 4429);

    private static final String[] WORDS = {
        "type",
        "id",
        "stream",
        "filter",
        "after",
        "state",
        "delta",
        "rate",
        "slow",
        "event",
        "token",
        "data",
        "address",
        "replyAddress",
        "headers",
        "body",
        "auth",
        "subscribe",
        "unsubscribe",
        "publish",
        "presence",
        "ping",
        "acknowledge",
        "position",
        "register",
        "unregister",
        "send",
        "orders",
        "room:1",
        "nobodys",
        "stream.orders",
        "millrace.ingest",
        "beginning",
        "k1:1",
        "-:0",
        "2026-01-31T09:30:00Z",
        "2026-01-31",
        "yesterday",
        "data.total",
        "and",
        "or",
        "not",
        "in",
        "gt",
        "eq",
        "prefix",
        "exists",
        "true",
        "1e9",
        "wait",
        "conflate",
        "",
        " ",
        "é😀",
        "s.AAAAAAAAAAAAAAAAAAAAAA",
        "constructor"
    };
    private static final String[] VALUES = {
        "null", "true", "false", "0", "-0", "1", "1.0", "1e400", "1e-400", "1e999999999", "-1e-99999999999",
                "9223372036854775808",
        "NaN", "[]", "{}", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "{\"gte\":1e308}", "[[[[]]]]",
                "\"\n\"", "01", "."
    };

    private static final String TCP = "tcp";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private final Random random = new Random(SEED);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @Test
    void whateverIsSaidHasAnAnswerOrADocumentedEnd() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        log.start();
        root.addAppender(log);
        try (BroadcastFixture front = new BroadcastFixture("connect.rate", "1000000", "message.rate", "40")) {
            BroadcastFixture.done(front.bus.serve(
                    Addresses.PUBLISH, publication -> Future.succeededFuture(BroadcastFixture.queued("e-1"))));
            converse(front, "/api/ws", true);
            fuzz(front);
        } catch (IOException | AssertionError failed) {
            throw new AssertionError("with -Dmillrace.fuzz.seed=" + SEED, failed);
        } finally {
            root.detachAppender(log);
        }
        assertEquals(
                List.of(),
                log.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage)
                        .toList(),
                "with -Dmillrace.fuzz.seed=" + SEED);
    }

    private void fuzz(BroadcastFixture front) throws Exception {
        try (SocketClient beside = front.connect("s-1", "staff")) {
            StreamLog seen = beside.subscribe(StreamStore.STREAM);
            int committed = 0;
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            while (System.nanoTime() < end) {
                converse(front, "/api/ws", random.nextBoolean());
                converse(front, "/eventbus/websocket", false);
                converse(front, TCP, false);
                ask(front);
                front.store.commit(1);
                committed++;
            }
            int all = committed;
            await().until(() -> seen.ids().size() == all);
            assertEquals(List.of(), seen.faults());
            assertTrue(beside.isOpen());
        }
    }

    /** One connection that says some things, and then something good if it still may. */
    private void converse(BroadcastFixture front, String path, boolean known) throws IOException {
        boolean bridge = !path.startsWith("/api");
        String header = known ? "Authorization: Bearer " + front.token("s-2", "staff") + "\r\n" : "";
        try (RawClient client =
                path.equals(TCP) ? new RawTcpBridge(front.tcpPort) : new RawWebSocket(front.uri, path, header)) {
            int said = 1 + random.nextInt(6);
            for (int i = 0; i < said; i++) {
                if (random.nextInt(8) > 0) {
                    client.say(message(bridge));
                } else {
                    client.say(path.equals(TCP) ? anyTcpFrame() : anyFrame());
                }
            }
            client.say(
                    bridge
                            ? "{\"type\":\"send\",\"address\":\"millrace.ingest\",\"replyAddress\":\"the end\",\"body\":{}}"
                            : "{\"type\":\"ping\",\"id\":\"the end\"}");
            int code = client.until(message ->
                    "the end".equals(message.getValue("id")) || "the end".equals(message.getValue("address")));
            assertTrue(code == 0 || CLOSES.contains(code), () -> code + " after " + client.messages());
            client.messages().forEach(FuzzTest::harmless);
        } catch (IOException reset) {
            // It was closed while it was still talking.
            assertTrue(String.valueOf(reset.getMessage()).matches(".*(reset|pipe).*"), reset::toString);
        }
    }

    private void ask(BroadcastFixture front) throws IOException, InterruptedException {
        StringBuilder query = new StringBuilder(random.nextBoolean() ? "/api/poll?wait=0" : "/api/sse?x=y");
        for (String name : new String[] {"stream", "after", "filter", "state", "delta", "rate", "slow", "limit"}) {
            if (random.nextInt(3) == 0 || (name.equals("stream") && random.nextBoolean())) {
                String value = random.nextBoolean() ? word() : value(2);
                query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }
        HttpRequest request = HttpRequest.newBuilder(front.uri.resolve(query.toString()))
                .header("Authorization", "Bearer " + front.token("s-3", "staff"))
                .build();
        HttpResponse<java.io.InputStream> response = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (var body = response.body()) {
            assertTrue(
                    Set.of(200, 400, 403, 429).contains(response.statusCode()),
                    () -> response.statusCode() + " " + query);
            if (response.statusCode() != 200) {
                harmless(new JsonObject(new String(body.readAllBytes(), StandardCharsets.UTF_8)));
            }
        }
    }

    private static void harmless(JsonObject answer) {
        assertEquals("", InternalDetails.in(answer.encode()));
    }

    private byte[] anyFrame() {
        byte[] payload = new byte[random.nextInt(4)];
        random.nextBytes(payload);
        int first = random.nextInt(256);
        // A farewell of the client's own is only answered by its own code.
        return RawWebSocket.frame((first & 0x0f) == 8 ? first + 1 : first, payload);
    }

    /** Bytes behind their true length, or behind one that is too much; a true one that never ends would only be waited for. */
    private byte[] anyTcpFrame() {
        byte[] bytes = new byte[random.nextInt(8)];
        random.nextBytes(bytes);
        int length = random.nextBoolean() ? bytes.length : random.nextInt() | 1 << 30;
        return ByteBuffer.allocate(4 + bytes.length).putInt(length).put(bytes).array();
    }

    /** Mostly a good message with something wrong about it. */
    private String message(boolean bridge) {
        String good = bridge
                ? "{\"type\":\"register\",\"address\":\"stream.orders\",\"replyAddress\":\"r\",\"headers\":{\"filter\":\"{}\",\"rate\":\"1\"}}"
                : "{\"type\":\"subscribe\",\"id\":1,\"stream\":\"orders\",\"filter\":{\"data.total\":{\"gte\":1}},\"rate\":1}";
        return switch (random.nextInt(6)) {
            case 0 -> good;
            case 1 -> value(4);
            case 2 -> good.substring(0, random.nextInt(good.length()));
            case 3 -> {
                int at = random.nextInt(good.length());
                yield good.substring(0, at) + (char) (32 + random.nextInt(95)) + good.substring(at + 1);
            }
            case 4 -> good.replaceFirst("1", java.util.regex.Matcher.quoteReplacement(value(1)));
            default ->
                "{\"type\":\"" + word() + "\",\"" + word() + "\":" + value(3) + ",\"" + word() + "\":" + value(2) + "}";
        };
    }

    private String value(int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            return random.nextBoolean() ? VALUES[random.nextInt(VALUES.length)] : "\"" + word() + "\"";
        }
        StringBuilder members = new StringBuilder();
        boolean object = random.nextBoolean();
        for (int i = random.nextInt(4); i > 0; i--) {
            members.append(members.isEmpty() ? "" : ",")
                    .append(object ? "\"" + word() + "\":" : "")
                    .append(value(depth - 1));
        }
        return object ? "{" + members + "}" : "[" + members + "]";
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }
}
