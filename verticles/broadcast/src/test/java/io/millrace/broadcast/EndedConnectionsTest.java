package io.millrace.broadcast;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Counter;
import io.millrace.testkit.client.ApiClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a client that reads nothing more can still read once its token is revoked, wherever the bytes wait: in the system's
 * buffer, behind a close, in an earlier response.
 */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class EndedConnectionsTest {
    private static final Duration SOON = Duration.ofSeconds(3);
    /** More than the system's buffers take. */
    private static final int BIG = 6 << 20;

    private static BroadcastFixture front;
    private static int users;

    private final String user = "u-" + users++;

    private enum Way {
        WEBSOCKET,
        SSE,
        SOCKJS
    }

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture("message.rate", "100000", "buffer.max", "16MiB", "slow.timeout", "60s");
    }

    @BeforeEach
    void revokeNobody() {
        front.revoke();
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    @AfterAll
    static void close() {
        front.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatTheSystemHoldsForAClientThatDoesNotReadIsDiscardedAfterAMoment(Way way) throws Exception {
        try (Socket socket = open(way)) {
            int bytes = 6 * 20_000;
            deliver(6, 20_000);
            front.revoke(user);
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            // Urgent data is not read: it only tells whether the connection is still there.
            await().atMost(SOON).until(() -> isReset(socket));
            int got = rest(socket);
            assertTrue(got < bytes, got + " of " + bytes + " came");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatReadsIsToldWhy(Way way) throws Exception {
        try (Socket socket = open(way)) {
            front.revoke(user);
            readUntil(socket, way == Way.SOCKJS ? "4401" : "token_revoked");
            rest(socket);
        }
    }

    @Test
    void whatWaitsBeforeACloseIsDiscarded() throws Exception {
        try (Socket socket = open(Way.WEBSOCKET)) {
            deliver(1, BIG);
            double before = closed();
            socket.getOutputStream().write(RawWebSocket.frame(0x82, (byte) 1));
            await().until(() -> closed() > before);
            assertEquals(1, front.gauge("millrace.broadcast.connections"));
            front.revoke(user);
            await().atMost(SOON).until(() -> front.gauge("millrace.broadcast.connections") == 0);
            int got = rest(socket);
            assertTrue(got < BIG, got + " came");
        }
    }

    @Test
    void whatWaitsInAClosedSockJsSessionIsDiscarded() throws Exception {
        try (Socket socket = open(Way.SOCKJS)) {
            deliver(1, BIG);
            double before = closed();
            assertEquals(
                    413,
                    api().ask("POST", session() + "xhr_send", "x".repeat((1 << 20) + 1))
                            .status());
            await().until(() -> closed() > before);
            assertEquals(1, front.gauge("millrace.broadcast.connections"));
            front.revoke(user);
            await().atMost(SOON).until(() -> front.gauge("millrace.broadcast.connections") == 0);
            int got = rest(socket);
            assertTrue(got < BIG, got + " came");
        }
    }

    @Test
    void whatWaitsInAnEarlierResponseOfASockJsSessionIsDiscarded() throws Exception {
        try (Socket first = open(Way.SOCKJS)) {
            deliver(1, BIG);
            try (Socket second = connect("POST " + session() + "xhr_streaming", "Content-Length: 0\r\n")) {
                readUntil(second, "h\n");
                deliver(1, 10);
                readUntil(second, "order:created");
                front.revoke(user);
                await().atMost(SOON).until(() -> front.gauge("millrace.broadcast.connections") == 0);
                int got = rest(first);
                assertTrue(got < BIG, got + " came");
            }
        }
    }

    private static double closed() {
        return front.metrics.find("millrace.broadcast.closed").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    private static void deliver(int events, int bytes) {
        double wanted = front.counter("millrace.broadcast.deliveries") + events;
        for (int i = 0; i < events; i++) {
            front.store.commit("anybody", bytes);
        }
        await().until(() -> front.counter("millrace.broadcast.deliveries") >= wanted);
    }

    /** A client that is subscribed, and has read so far. */
    private Socket open(Way way) throws IOException {
        String bearer = "Bearer " + front.token(user, "staff");
        Socket socket =
                switch (way) {
                    case WEBSOCKET ->
                        connect(
                                "GET /api/ws",
                                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: " + bearer
                                        + "\r\n");
                    case SSE ->
                        connect("GET /api/sse?stream=" + StreamStore.STREAM, "Authorization: " + bearer + "\r\n");
                    case SOCKJS -> connect("POST " + session() + "xhr_streaming", "Content-Length: 0\r\n");
                };
        if (way == Way.WEBSOCKET) {
            readUntil(socket, "welcome");
            JsonObject subscribe = new JsonObject().put("type", "subscribe").put("stream", StreamStore.STREAM);
            socket.getOutputStream().write(RawWebSocket.text(subscribe.encode()));
        } else if (way == Way.SOCKJS) {
            readUntil(socket, "o\n");
            JsonObject register = new JsonObject()
                    .put("type", "register")
                    .put("address", "stream." + StreamStore.STREAM)
                    .put("headers", new JsonObject().put("authorization", bearer));
            assertEquals(
                    204,
                    api().ask(
                                    "POST",
                                    session() + "xhr_send",
                                    new JsonArray().add(register.encode()).encode())
                            .status());
        }
        readUntil(socket, "subscribed");
        return socket;
    }

    private String session() {
        return "/eventbus/000/" + user + "/";
    }

    private static ApiClient api() {
        return new ApiClient(front.uri.resolve("/"), null);
    }

    private static Socket connect(String request, String headers) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16_384);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(front.uri.getHost(), front.uri.getPort()));
        socket.getOutputStream()
                .write((request + " HTTP/1.1\r\nHost: " + front.uri.getAuthority() + "\r\n" + headers + "\r\n")
                        .getBytes(UTF_8));
        return socket;
    }

    private static void readUntil(Socket socket, String text) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(text) < 0) {
            int next = socket.getInputStream().read();
            assertTrue(next >= 0, read.toString());
            read.append((char) next);
        }
    }

    private static boolean isReset(Socket socket) {
        try {
            socket.sendUrgentData(0);
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    /** How many bytes still come. */
    private static int rest(Socket socket) {
        int got = 0;
        try {
            byte[] some = new byte[65_536];
            for (int read = 0; read >= 0; read = socket.getInputStream().read(some)) {
                got += read;
            }
        } catch (IOException reset) {
            // As it should be.
        }
        return got;
    }
}
