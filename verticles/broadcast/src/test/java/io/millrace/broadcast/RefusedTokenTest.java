package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A token that comes in a message, and is refused, ends the connection and counts as one in a header does. */
@Timeout(60)
class RefusedTokenTest {
    private static final String GARBAGE = "e30.e30.e30";
    /** Ten times {@code connect.rate}. */
    private static final int REFUSED_MAX = 40;

    /** Where a token comes in a message. */
    private enum Entrance {
        WEBSOCKET,
        SOCKJS,
        TCP;

        RawClient open(BroadcastFixture front) throws IOException {
            return switch (this) {
                case WEBSOCKET -> new RawWebSocket(front.uri, "/api/ws", "");
                case SOCKJS -> new RawWebSocket(front.uri, "/eventbus/websocket", "");
                case TCP -> new RawTcpBridge(front.tcpPort);
            };
        }

        String message(String token) {
            return this == WEBSOCKET
                    ? new JsonObject().put("type", "auth").put("token", token).encode()
                    : new JsonObject()
                            .put("type", "register")
                            .put("address", "stream." + StreamStore.STREAM)
                            .put("replyAddress", "r")
                            .put("headers", new JsonObject().put("authorization", "Bearer " + token))
                            .encode();
        }
    }

    @ParameterizedTest
    @EnumSource
    void itEndsTheConnectionAlsoOfAClientThatHadAnIdentity(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            for (List<String> tokens : List.of(
                    List.of(GARBAGE),
                    List.of(front.token("anna", "staff"), GARBAGE),
                    List.of(front.token("anna", "staff"), front.token("bert", "staff")))) {
                try (RawClient client = entrance.open(front)) {
                    tokens.forEach(token -> say(client, entrance.message(token)));
                    assertEquals(4401, end(client));
                    assertTrue(client.messages().toString().contains("unauthenticated"), () -> client.messages()
                            .toString());
                }
            }
            assertEquals(3, front.closed("4401"));
            assertEquals(3, front.refused("unauthenticated"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void beyondTheLimitOfItsAddressNoUnknownTokenIsVerified(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connect.rate", "" + REFUSED_MAX / 10)) {
            String known = front.token("anna", "staff");
            BroadcastFixture.done(front.tokens.verify(known));
            for (int i = 1; i < REFUSED_MAX; i++) {
                assertEquals(401, poll(front, GARBAGE + i).status());
            }
            try (RawClient last = entrance.open(front)) {
                say(last, entrance.message(GARBAGE));
                assertEquals(4401, end(last));
            }
            String unknown = front.token("bert", "staff");
            assertEquals(429, poll(front, unknown).status(), "the one of the message was counted");
            try (RawClient refused = entrance.open(front)) {
                say(refused, entrance.message(unknown));
                assertEquals(4429, end(refused));
            }
            assertEquals(2, front.refusedConnections("rate"));
            String answer = entrance == Entrance.WEBSOCKET ? "anna" : "subscribed";
            try (RawClient client = entrance.open(front)) {
                say(client, entrance.message(known));
                client.next(message -> message.encode().contains(answer));
                // A neighbour that tries tokens ends nobody's connection.
                say(client, entrance.message(front.token("anna", "customer")));
                client.next(message -> message.encode().contains(answer));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void thoseThatAConnectionSendsTogetherCountOnce(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connect.rate", "" + REFUSED_MAX / 10)) {
            try (RawClient client = entrance.open(front)) {
                for (int i = 0; i < REFUSED_MAX; i++) {
                    say(client, entrance.message(GARBAGE + i));
                }
                assertEquals(4401, end(client));
            }
            assertEquals(200, poll(front, front.token("bert", "staff")).status());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCKJS_WEBSOCKET", "SOCKJS_XHR", "SOCKJS_XHR_STREAMING", "SOCKJS_EVENTSOURCE"})
    void everyFormOfSockJsEndsAsAWebSocketDoes(Transport transport) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                TransportListener client =
                        transport.open(front.uri, GARBAGE, new JsonObject().put("stream", StreamStore.STREAM))) {
            await().until(client::hasEnded);
            assertEquals(4401, client.endCode());
            assertEquals(
                    "unauthenticated",
                    Objects.requireNonNull(client.first("error")).getString("code"));
        }
    }

    private static void say(RawClient client, String text) {
        try {
            client.say(text);
        } catch (IOException gone) {
            throw new AssertionError(gone);
        }
    }

    /** The code with which the server closes. */
    private static int end(RawClient client) throws IOException {
        return client.until(message -> false);
    }

    private static ApiResponse poll(BroadcastFixture front, String token) {
        return new ApiClient(front.uri.resolve("/"), token).get("/api/poll?stream=" + StreamStore.STREAM);
    }
}
