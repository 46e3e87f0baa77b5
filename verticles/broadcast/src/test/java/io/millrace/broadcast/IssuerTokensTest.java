package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.auth.Issuer;
import io.millrace.platform.auth.IssuerFiles;
import io.millrace.platform.auth.TokenSigner;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens of an issuer are verified on a thread of their own; every transport waits for it, and keeps the order. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class IssuerTokensTest {
    private static final String ISSUER = "https://login.example";
    private static final String UNREACHABLE = "https://unreachable.example";
    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path folder;

    private static TokenSigner signer;
    private static TokenSigner forger;
    private static BroadcastFixture front;

    @BeforeAll
    static void start() throws Exception {
        KeyPair pair = pair();
        signer = TokenSigner.of(VERTX, pem("PRIVATE KEY", pair.getPrivate().getEncoded()), "k");
        forger = TokenSigner.of(VERTX, pem("PRIVATE KEY", pair().getPrivate().getEncoded()), "k");
        Files.writeString(
                folder.resolve("k.pem"), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
        Files.writeString(
                folder.resolve("issuer.yaml"),
                "issuer: " + ISSUER + "\naudience: [millrace]\nprefix: 'i:'\nkeys: [{ file: k.pem, kid: k }]\n");
        Files.writeString(
                folder.resolve("unreachable.yaml"),
                "issuer: " + UNREACHABLE + "\naudience: [millrace]\nprefix: 'u:'\nkeys: [{ jwks: 'http://127.0.0.1:"
                        + new Ports().free() + "/keys' }]\n");
        List<Issuer> issuers = new IssuerFiles(
                        Map.of(), AuthSettings.DEFAULTS.keys(), Set.of(), Set.of(), true, new ArrayList<>())
                .read(folder);
        front = new BroadcastFixture(issuers);
    }

    @AfterAll
    static void stop() throws Exception {
        front.close();
        VERTX.close().await(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void everyTransportAcceptsATokenOfTheIssuer(Transport transport) {
        JsonObject options = new JsonObject().put("stream", StreamStore.STREAM);
        try (TransportListener staff = transport.open(front.uri, token(signer), options);
                TransportListener forged = transport.open(front.uri, token(forger), options)) {
            await().until(() -> staff.first("subscribed") != null);
            front.store.commit(1);
            await().until(() -> staff.eventCount() == 1);
            assertNull(forged.first("subscribed"));
            assertEquals(0, forged.eventCount());
        }
    }

    @Test
    void whatIsSentBehindATokenWaitsUntilTheTokenIsVerified() {
        try (SocketClient client = SocketClient.open(front.uri, (String) null)) {
            client.send("{\"type\":\"auth\",\"token\":\"" + token(signer) + "\"}");
            client.send("{\"type\":\"subscribe\",\"id\":1,\"stream\":\"orders\"}");
            client.send("{\"type\":\"ping\",\"id\":2}");
            await().until(() -> client.last("pong") != null);
            assertNull(client.last("error"), "staff may see what the public may not");
            assertTrue(client.isOpen());
        }
    }

    /** HTTP has a status for it, a message an error and the code to come back. */
    @ParameterizedTest
    @EnumSource
    void aTokenWhoseKeysCannotBeHadIsUnavailableAndNobodysFault(Transport transport) {
        JsonObject options = new JsonObject().put("stream", StreamStore.STREAM);
        try (TransportListener client = transport.open(front.uri, token(signer, UNREACHABLE), options)) {
            await().until(client::hasEnded);
            JsonObject error = client.first("error");
            if (transport.isWebSocket()) {
                assertNull(error, "the handshake is refused, see below");
            } else {
                assertEquals("unavailable", error == null ? null : error.getString("code"));
                assertTrue(Set.of(0, 4503).contains(client.endCode()), "" + client.endCode());
            }
        }
        assertEquals(0, front.refusedConnections("rate"));
    }

    @Test
    void aSocketWhoseKeysCannotBeHadIs503AndClosedWith4503IfItsTokenComesInAMessage() throws Exception {
        String token = token(signer, UNREACHABLE);
        IOException handshake = assertThrows(
                IOException.class,
                () -> new RawWebSocket(front.uri, "/api/ws", "Authorization: Bearer " + token + "\r\n"));
        assertTrue(String.valueOf(handshake.getMessage()).startsWith("HTTP/1.1 503"), handshake::getMessage);
        assertTrue(
                String.valueOf(handshake.getMessage()).toLowerCase(Locale.ROOT).contains("retry-after"));
        try (RawWebSocket socket = new RawWebSocket(front.uri, "/api/ws", "")) {
            socket.say("{\"type\":\"auth\",\"id\":5,\"token\":\"" + token + "\"}");
            JsonObject error = socket.next(message -> "error".equals(message.getString("type")));
            assertEquals("unavailable", error.getString("code"));
            assertEquals(5, error.getInteger("id"));
            assertEquals(4503, socket.closeCode());
        }
    }

    private static String token(TokenSigner by) {
        return token(by, ISSUER);
    }

    private static String token(TokenSigner by, String issuer) {
        JsonObject claims = new JsonObject()
                .put("iss", issuer)
                .put("aud", "millrace")
                .put("sub", "ann")
                .put("roles", List.of("staff"));
        return by.sign(claims, Duration.ofHours(1));
    }

    private static KeyPair pair() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + type
                + "-----\n";
    }
}
