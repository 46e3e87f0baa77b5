package io.millrace.sources.gateway;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static io.millrace.postgres.lease.LeaseDatabase.onLoop;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.sources.gateway.socket.GatewayClose;
import io.millrace.sources.gateway.socket.GatewayFrame;
import io.millrace.sources.gateway.socket.GatewaySocket;
import io.millrace.sources.gateway.socket.GatewaySockets;
import io.millrace.testkit.network.TestAuthority;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One connection, to servers that are none of Discord's. */
class GatewaySocketsTest {
    private final Vertx vertx = Vertx.vertx();
    private final int port = new Ports().free();

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private GatewaySocket open(String url) throws Exception {
        return onLoop(vertx, () -> new GatewaySockets(vertx, new GatewaySource.Address("", null, false, true), 1 << 20)
                .open(URI.create(url), () -> 0, frame -> {}));
    }

    @Test
    void aCertificateThatNobodyTrustsIsRefused(@TempDir Path folder) throws Exception {
        TestAuthority authority = new TestAuthority(folder);
        authority.issue("gateway");
        await(vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setKeyCertOptions(new PemKeyCertOptions()
                                .setCertPath(folder.resolve("gateway.crt").toString())
                                .setKeyPath(folder.resolve("gateway.key").toString())))
                .webSocketHandler(socket -> {})
                .listen(port, "127.0.0.1"));
        GatewayClose ending = await(open("wss://localhost:" + port).ended());
        assertEquals(GatewayClose.Then.RESUME, ending.then());
        assertTrue(ending.why().startsWith("the gateway can't be reached: "), ending::why);
    }

    @Test
    void aServerThatIsNoWebSocketIsTold() throws Exception {
        await(vertx.createHttpServer()
                .requestHandler(request -> request.response().setStatusCode(404).end())
                .listen(port, "127.0.0.1"));
        // A connection that was cut before its answer has been seen once; what it is told begins like this, too.
        Awaitility.await().until(() -> {
            GatewayClose ending = await(open("ws://127.0.0.1:" + port).ended());
            assertTrue(ending.why().startsWith("the gateway can't be reached: "), ending::why);
            return ending.why().contains("404");
        });
    }

    @Test
    void aHelloThatComesTogetherWithTheHandshakeIsAnswered() throws Exception {
        Promise<Buffer> answered = Promise.promise();
        await(vertx.createNetServer()
                .connectHandler(socket -> shakeHands(socket, answered))
                .listen(port, "127.0.0.1"));
        GatewaySocket socket = open("ws://127.0.0.1:" + port);
        onLoop(vertx, () -> socket.hello()
                .onSuccess(hello -> socket.send(GatewayFrame.IDENTIFY, new JsonObject().put("token", "t"))));
        assertEquals((byte) 0x81, await(answered.future()).getByte(0));
    }

    private static void shakeHands(NetSocket socket, Promise<Buffer> answered) {
        boolean[] shaken = new boolean[1];
        socket.handler(bytes -> {
            if (shaken[0]) {
                answered.tryComplete(bytes);
                return;
            }
            shaken[0] = true;
            Matcher key = Pattern.compile("(?i)sec-websocket-key: (\\S+)").matcher(bytes.toString());
            assertTrue(key.find());
            byte[] hello = "{\"op\":10,\"d\":{\"heartbeat_interval\":60000}}".getBytes(StandardCharsets.UTF_8);
            socket.write(
                    Buffer.buffer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    + "Sec-WebSocket-Accept: " + accept(key.group(1)) + "\r\n\r\n")
                            .appendByte((byte) 0x81)
                            .appendByte((byte) hello.length)
                            .appendBytes(hello));
        });
    }

    private static String accept(String key) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1")
                            .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                    .getBytes(StandardCharsets.US_ASCII)));
        } catch (java.security.NoSuchAlgorithmException never) {
            throw new AssertionError(never);
        }
    }

    @Test
    void theAddressThatAGatewayTellsHasToBeWithTls() {
        GatewaySockets strict = new GatewaySockets(vertx, new GatewaySource.Address("", null, false, false), 1 << 20);
        assertNotNull(strict.allowed("wss://gateway-us-east1-b.discord.gg"));
        for (String told :
                new String[] {null, "", "ws://host", "https://host", "wss:///", "wss://a b", "file:///etc"}) {
            assertNull(strict.allowed(told), told);
        }
    }
}
