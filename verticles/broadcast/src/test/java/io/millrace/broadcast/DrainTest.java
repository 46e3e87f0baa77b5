package io.millrace.broadcast;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a node that drains sends its clients away. */
@Timeout(60)
class DrainTest {
    private static final int CLIENTS = 100;
    private static final String SUBSCRIBE = "{\"type\":\"subscribe\",\"stream\":\"orders\"}";

    @Test
    void clientsAreSentAwayInSlicesAndEachHasTheEventsUntilThen() throws Exception {
        List<Long> toldWith = new CopyOnWriteArrayList<>();
        List<Integer> delays = new CopyOnWriteArrayList<>();
        try (BroadcastFixture front = new BroadcastFixture("reconnect.spread", "1s")) {
            WebSocketClient client = front.client(new WebSocketClientOptions().setMaxConnections(CLIENTS));
            List<Follower> followers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                followers.add(new Follower(client, front, toldWith, delays));
            }
            await().until(() -> followers.stream().allMatch(one -> one.subscribed));
            long began = System.nanoTime();
            Future<Void> gone = front.drain();
            await().pollDelay(1, TimeUnit.MILLISECONDS)
                    .pollInterval(1, TimeUnit.MILLISECONDS)
                    .until(() -> !toldWith.isEmpty());
            front.store.commit(1);
            BroadcastFixture.done(gone);
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            await().until(() -> toldWith.size() == CLIENTS);
            assertTrue(tookMs >= 800 && tookMs < 5_000, tookMs + " ms");
            long before = toldWith.stream().filter(events -> events == 0).count();
            assertTrue(before < CLIENTS / 2, before + " clients were sent away before the event of the first slice");
            assertTrue(delays.stream().allMatch(delay -> delay >= 0 && delay < 100), delays::toString);
            assertEquals(CLIENTS, (int) front.closed("1001"));
            assertEquals(0, front.gauge("millrace.broadcast.connections"));
        }
    }

    /** With how many events each client was told to go, and after how many milliseconds it is to come back. */
    private static final class Follower {
        private volatile boolean subscribed;
        private long events;

        Follower(WebSocketClient client, BroadcastFixture front, List<Long> toldWith, List<Integer> delays)
                throws Exception {
            WebSocket socket = BroadcastFixture.done(client.connect(new WebSocketConnectOptions()
                    .setHost("127.0.0.1")
                    .setPort(front.uri.getPort())
                    .setURI("/api/ws")
                    .addHeader("Authorization", "Bearer " + front.token("s-1", "staff"))));
            socket.textMessageHandler(
                    frame -> frame.lines().map(JsonObject::new).forEach(message -> {
                        switch (message.getString("type")) {
                            case "subscribed" -> subscribed = true;
                            case "update" -> events++;
                            case "reconnect" -> {
                                delays.add(message.getInteger("after"));
                                toldWith.add(events);
                            }
                            default -> {}
                        }
                    }));
            BroadcastFixture.done(socket.writeTextMessage(SUBSCRIBE));
        }
    }

    @Test
    void clientsThatNeitherReadNorCloseDoNotHoldADrain() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("reconnect.spread", "1s", "slow.timeout", "1m")) {
            List<Socket> silent = new ArrayList<>();
            // Those whose buffers are full by then, and those whose are not.
            silent.addAll(oneOfEachTransport(front, "a"));
            String text = "x".repeat(20_000);
            for (int i = 0; i < 300; i++) {
                front.store.change("o-" + i % 4, "{\"remarks\":\"" + text + "\"}");
            }
            await().until(() -> front.counter("millrace.broadcast.slow.consumers") == silent.size());
            silent.addAll(oneOfEachTransport(front, "b"));
            silent.add(request(front, "/api/poll?stream=orders&wait=50&after=k1:300"));
            await().until(() -> front.gauge("millrace.broadcast.connections") == silent.size());
            long began = System.nanoTime();
            BroadcastFixture.done(front.drain());
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            System.out.printf("DrainTest: %d silent clients were gone after %d ms%n", silent.size(), tookMs);
            assertTrue(tookMs < 4_000, tookMs + " ms");
            assertEquals(0, front.gauge("millrace.broadcast.connections"));
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    private static List<Socket> oneOfEachTransport(BroadcastFixture front, String session) throws IOException {
        List<Socket> all = new ArrayList<>();
        all.add(upgraded(front, "/api/ws", SUBSCRIBE));
        all.add(upgraded(front, "/eventbus/websocket", registration(front)));
        all.add(request(front, "/api/sse?stream=orders"));
        String sockJs = "/eventbus/000/" + session;
        Socket streaming =
                open(front.uri.getPort(), head(front, "POST", sockJs + "/xhr_streaming", "Content-Length: 0\r\n"));
        until(streaming, "\no\n");
        String body = new JsonArray().add(registration(front)).encode();
        Socket sent = open(
                front.uri.getPort(),
                head(front, "POST", sockJs + "/xhr_send", "Content-Length: " + body.length() + "\r\n") + body);
        until(sent, " 204 ");
        sent.close();
        until(streaming, "subscribed");
        all.add(streaming);
        Socket tcp = open(front.tcpPort, "");
        tcp.getOutputStream().write(RawTcpBridge.frame(registration(front)));
        until(tcp, "subscribed");
        all.add(tcp);
        return all;
    }

    private static String registration(BroadcastFixture front) {
        return new JsonObject()
                .put("type", "register")
                .put("address", "stream.orders")
                .put("headers", new JsonObject().put("authorization", "Bearer " + front.token("s-1", "staff")))
                .encode();
    }

    private static Socket upgraded(BroadcastFixture front, String path, String message) throws IOException {
        Socket socket = open(
                front.uri.getPort(),
                head(
                        front,
                        "GET",
                        path,
                        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        until(socket, "\r\n\r\n");
        socket.getOutputStream().write(RawWebSocket.text(message));
        until(socket, "subscribed");
        return socket;
    }

    private static Socket request(BroadcastFixture front, String path) throws IOException {
        Socket socket = open(front.uri.getPort(), head(front, "GET", path, ""));
        if (path.contains("/sse")) {
            until(socket, "subscribed");
        }
        return socket;
    }

    private static String head(BroadcastFixture front, String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: " + front.uri.getAuthority() + "\r\nAuthorization: Bearer "
                + front.token("s-1", "staff") + "\r\n" + headers + "\r\n";
    }

    /** A socket for which the kernel takes little. */
    private static Socket open(int port, String first) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16_384);
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        socket.getOutputStream().write(first.getBytes(UTF_8));
        return socket;
    }

    /** Reads until a text has come, and no more. */
    private static void until(Socket socket, String text) throws IOException {
        StringBuilder got = new StringBuilder();
        while (got.indexOf(text) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed after " + got);
            }
            got.append((char) next);
        }
    }
}
