package io.millrace.broadcast;

import static io.millrace.broadcast.RawWebSocket.frame;
import static io.millrace.broadcast.RawWebSocket.join;
import static io.millrace.broadcast.RawWebSocket.text;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.management.ThreadMXBean;
import io.millrace.testkit.client.RawHttpClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Clients that want more than they may, while another follows its stream and misses nothing. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
@Isolated("It looks at what is logged, and measures memory.")
class HostileClientsTest {
    private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    private static final List<String> IN_THE_QUERY = List.of("token", "access_token", "authorization", "bearer");
    private static final int BOMB_MB = 60;
    /** What is inflated until it is too much, a mebibyte, and copied on the way: a quarter of what was promised. */
    private static final long PASSING = 16 << 20;

    private static final long LASTING = 1 << 20;

    private static BroadcastFixture front;
    private static SocketClient other;
    private static StreamLog followed;
    private static int committed;

    @BeforeAll
    static void begin() throws Exception {
        front = new BroadcastFixture("http.origins", "https://shop.example");
        other = front.connect("s-1", "staff");
        followed = other.subscribe(StreamStore.STREAM);
    }

    @AfterAll
    static void end() {
        other.close();
        front.close();
    }

    /** A silent connection is looked at once a second, for its heartbeat and for the answer to it. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/ws", "/eventbus/websocket"})
    void aClientThatAnswersNoPingIsClosed(String path) throws Exception {
        try (BroadcastFixture soon = new BroadcastFixture("heartbeat", "1s", "heartbeat.grace", "1s");
                SocketClient answering = soon.connect("s-1", "staff");
                RawWebSocket silent = new RawWebSocket(soon.uri, path, "")) {
            long began = System.nanoTime();
            assertEquals(4408, silent.closeCode());
            assertTrue(System.nanoTime() - began < 6_000_000_000L, "heartbeat, its grace, and two checks");
            assertEquals(1, soon.closed("4408"));
            assertTrue(answering.isOpen());
        }
    }

    /** Each would be answered by an event of its own. */
    @Test
    void aListOfMoreSubscriptionsThanAnybodyNeedsIsRefusedWhole() throws Exception {
        String body = "{\"subscribe\":[" + "0,".repeat(100_000) + "0]}";
        try (RawHttpClient raw = new RawHttpClient(front.uri.getPort())) {
            raw.send("POST /api/sse HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body);
            String answer = raw.answer();
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
            assertTrue(answer.contains("100001 subscriptions in one request"), answer);
        }
        othersGoOn();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    no key             | 400 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~
                    version 12         | 426 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 12~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~
                    version 0          | 426 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 0~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~
                    a foreign page     | 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: https://other.example~
                    a page of no origin| 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: null~
                    one that begins so | 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: https://shop.example.other.example~
                    one that ends so   | 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: https://notshop.example~
                    another scheme     | 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: http://shop.example~
                    another port       | 403 | Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~Origin: https://shop.example:8443~
                    """)
    void anUpgradeThatIsNoneGetsItsStatus(String what, int status, String headers) throws Exception {
        double before = refusedRequests();
        List<ILoggingEvent> logged = logged(() -> {
            for (String path : List.of("/api/ws", "/eventbus/websocket")) {
                try (RawHttpClient raw = new RawHttpClient(front.uri.getPort())) {
                    String answer = raw.send("GET " + path + " HTTP/1.1~Host: a~".replace("~", "\r\n")
                                    + headers.replace("~", "\r\n") + "\r\n")
                            .answer();
                    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), path + ": " + answer);
                    assertTrue(answer.contains("\"status\":" + status), answer);
                }
            }
        });
        await().until(() -> refusedRequests() == before + 2);
        assertEquals(
                List.of(),
                logged.stream()
                        .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
                        .toList());
        othersGoOn();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/sse?stream=orders", "/api/poll?stream=orders&wait=0", "/api/presence/room:1?x=y"})
    void aTokenInTheQueryIsNotReadAndNotLogged(String path) throws Exception {
        String token = front.token("s-1", "staff");
        List<ILoggingEvent> logged = logged(() -> {
            for (String name : IN_THE_QUERY) {
                try (RawHttpClient raw = new RawHttpClient(front.uri.getPort())) {
                    String answer = raw.send("GET " + path + "&" + name + "=" + token + " HTTP/1.1\r\nHost: a\r\n\r\n")
                            .answer();
                    assertTrue(answer.matches("(?s)HTTP/1.1 40[0134] .*"), answer);
                    assertFalse(answer.contains(token), answer);
                }
            }
        });
        assertFalse(logged.stream().anyMatch(line -> line.getFormattedMessage().contains(token)));
    }

    @Test
    void aTokenInTheQueryOpensNothingOnASocketEither() throws Exception {
        String token = front.token("s-1", "staff");
        List<ILoggingEvent> logged = logged(() -> {
            for (String name : IN_THE_QUERY) {
                try (RawWebSocket socket = new RawWebSocket(
                        front.uri,
                        "/api/ws?" + name + "=" + token,
                        "",
                        text("{\"type\":\"subscribe\",\"stream\":\"orders\"}"))) {
                    JsonObject error = socket.next(message -> "error".equals(message.getString("type")));
                    assertEquals("permission_denied", error.getString("code"));
                }
            }
        });
        assertFalse(logged.stream().anyMatch(line -> line.getFormattedMessage().contains(token)));
    }

    private interface Doing {
        void it() throws Exception;
    }

    /** What is logged meanwhile. */
    private static List<ILoggingEvent> logged(Doing doing) throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        log.start();
        root.addAppender(log);
        try {
            doing.it();
        } finally {
            root.detachAppender(log);
        }
        return List.copyOf(log.list);
    }

    private static double refusedRequests() {
        return front.metrics.get("millrace.http.refused.requests").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Test
    void ofTooManySubscriptionsTheMessagesOfAMinuteAreTakenAndTheConnectionEnds() throws Exception {
        double before = front.closed("4429");
        try (RawWebSocket socket = new RawWebSocket(
                front.uri, "/api/ws", "Authorization: Bearer " + front.token("s-2", "staff") + "\r\n")) {
            socket.next(message -> "welcome".equals(message.getString("type")));
            // More are behind, which nobody reads any more: they would take the last answers with them.
            byte[][] wanted = new byte[111][];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = text("{\"type\":\"subscribe\",\"id\":" + i + ",\"stream\":\"room:" + i + "\"}");
            }
            socket.send(wanted);
            assertEquals(4429, socket.closeCode());
            assertTrue(count(socket, "subscribed") <= 100, "what was answered before the end");
            assertEquals(11, count(socket, "error"));
        }
        assertEquals(before + 1, front.closed("4429"));
        othersGoOn();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"a length of 2^62", "a length of a gigabyte", "a bomb", "a bomb in fragments"})
    void whatPromisesMuchAllocatesLittle(String what) throws Exception {
        byte[] bomb = what.startsWith("a bomb") ? bomb() : new byte[0];
        byte[] bytes =
                switch (what) {
                    case "a length of 2^62" ->
                        new byte[] {(byte) 0x81, (byte) 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
                    case "a length of a gigabyte" ->
                        new byte[] {(byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0};
                    case "a bomb" -> frame(0xc1, bomb);
                    default ->
                        join(
                                frame(0x41, Arrays.copyOf(bomb, 1_000)),
                                frame(0x80, Arrays.copyOfRange(bomb, 1_000, bomb.length)));
                };
        double before = front.closed("1009");
        endsWith1009(bytes);
        long heap = heap();
        long allocated = allocated();
        long direct = direct();
        endsWith1009(bytes);
        long passing = allocated() - allocated;
        assertTrue(passing < PASSING, passing + " bytes allocated");
        // What others of this process hold for a moment is gone at the next look; what lasts is not.
        await().untilAsserted(() -> {
            long lasting = heap() - heap;
            assertTrue(lasting < LASTING, lasting + " bytes of heap");
            long buffers = direct() - direct;
            assertTrue(buffers < LASTING, buffers + " bytes of direct buffers");
        });
        assertEquals(before + 2, front.closed("1009"));
        othersGoOn();
    }

    private static void endsWith1009(byte[] bytes) throws IOException {
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", DEFLATE)) {
            socket.send(bytes);
            assertEquals(1009, socket.closeCode());
        }
    }

    /** Of what is still used. */
    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** 60 MB of zeros in about 60 KB, as RFC 7692 §7.2.1 has it. */
    private static byte[] bomb() {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] part = new byte[8_192];
        byte[] zeros = new byte[1 << 20];
        for (int i = 0; i < BOMB_MB; i++) {
            deflater.setInput(zeros);
            int made;
            do {
                made = deflater.deflate(part, 0, part.length, Deflater.SYNC_FLUSH);
                out.write(part, 0, made);
            } while (made == part.length);
        }
        deflater.end();
        return Arrays.copyOf(out.toByteArray(), out.size() - 4);
    }

    /** By the event loops, ever. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith("vert.x-eventloop"))
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getThreadId()))
                .sum();
    }

    private static long direct() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum()
                + Math.max(0, io.netty.util.internal.PlatformDependent.usedDirectMemory());
    }

    private static long count(RawWebSocket socket, String type) {
        return socket.messages.stream()
                .map(message -> message.getString("type"))
                .filter(type::equals)
                .count();
    }

    private static void othersGoOn() {
        front.store.commit(1);
        committed++;
        await().until(() -> followed.ids().size() == committed);
        assertEquals(List.of(), followed.faults());
        assertTrue(other.isOpen());
    }
}
