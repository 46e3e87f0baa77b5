package io.millrace.broadcast.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which attempts are counted together, on every transport, and how too many of them are refused. */
@Timeout(60)
class AdmissionControlTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private enum Entrance {
        WEBSOCKET("connect.rate"),
        SSE("connect.rate"),
        POLL("poll.rate"),
        TICKET("ticket.rate");

        private final String setting;

        Entrance(String setting) {
            this.setting = setting;
        }

        /** The answer; 200 if the client is admitted. */
        HttpResponse<?> enter(BroadcastFixture front, @Nullable String token, String... headers) throws Exception {
            URI base = URI.create("http://" + front.uri.getAuthority());
            HttpRequest.Builder request =
                    switch (this) {
                        case SSE -> HttpRequest.newBuilder(base.resolve("/api/sse?stream=orders"));
                        case POLL -> HttpRequest.newBuilder(base.resolve("/api/poll?stream=orders"));
                        default ->
                            HttpRequest.newBuilder(base.resolve("/api/tickets"))
                                    .POST(HttpRequest.BodyPublishers.noBody());
                    };
            WebSocket.Builder socket = HTTP.newWebSocketBuilder();
            if (token != null) {
                request.header("Authorization", "Bearer " + token);
                socket.header("Authorization", "Bearer " + token);
            }
            for (int i = 0; i < headers.length; i += 2) {
                request.header(headers[i], headers[i + 1]);
                socket.header(headers[i], headers[i + 1]);
            }
            if (this == WEBSOCKET) {
                URI uri = URI.create("ws://" + front.uri.getAuthority() + "/api/ws");
                try {
                    socket.buildAsync(uri, new WebSocket.Listener() {}).join().abort();
                    return HTTP.send(
                            HttpRequest.newBuilder(base.resolve("/api/ws/info")).build(),
                            HttpResponse.BodyHandlers.ofString());
                } catch (CompletionException refused) {
                    return assertInstanceOf(WebSocketHandshakeException.class, refused.getCause())
                            .getResponse();
                }
            }
            // Of an endless answer the head is enough.
            HttpResponse<java.io.InputStream> response =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() < 300) {
                response.body().close();
            }
            return response;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClientWithATokenIsCountedByUserNotByAddress(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture(entrance.setting, "2")) {
            for (String user : List.of("anna", "bert", "carl")) {
                for (int i = 0; i < 2; i++) {
                    int status =
                            entrance.enter(front, front.token(user, "staff")).statusCode();
                    assertTrue(status == 200 || status == 201, () -> user + " " + status);
                }
            }
            HttpResponse<?> third = entrance.enter(front, front.token("bert", "staff"));
            assertEquals(429, third.statusCode());
            long after = third.headers().firstValueAsLong("Retry-After").orElseThrow();
            assertTrue(after > 20 && after <= 30, "one of two in a minute becomes free in half a minute: " + after);
            assertEquals(1, front.refusedConnections("rate"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET", "SSE", "POLL"})
    void aClientWithoutATokenIsCountedByItsRealAddress(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture(entrance.setting, "2")) {
            for (int i = 0; i < 2; i++) {
                assertTrue(429
                        != entrance.enter(front, null, "X-Forwarded-For", "203.0.113." + i)
                                .statusCode());
            }
            assertEquals(
                    429,
                    entrance.enter(front, null, "X-Forwarded-For", "203.0.113.9")
                            .statusCode());
            // A client with a token is still admitted.
            assertEquals(
                    200, entrance.enter(front, front.token("anna", "staff")).statusCode());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAttemptWithARefusedTokenIsCountedByAddress(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture(entrance.setting, "2")) {
            front.revoke("gone");
            String revoked = front.token("gone", "staff");
            assertEquals(401, entrance.enter(front, revoked).statusCode());
            assertEquals(401, entrance.enter(front, "e30.e30.e30").statusCode());
            for (String token : List.of("e30.e30.e30", revoked, revoked + "x")) {
                HttpResponse<?> refused = entrance.enter(front, token);
                assertEquals(429, refused.statusCode());
                assertTrue(refused.headers().firstValueAsLong("Retry-After").orElseThrow() > 20);
            }
            // A client with a good token is still admitted.
            int status = entrance.enter(front, front.token("anna", "staff")).statusCode();
            assertTrue(status == 200 || status == 201, "" + status);
        }
    }

    @ParameterizedTest
    @EnumSource
    void beyondTenTimesTheLimitOfAttemptsNoUnknownTokenOfTheAddressIsVerified(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connect.rate", "1", "http.proxies", "127.0.0.1")) {
            String known = front.token("anna", "staff");
            BroadcastFixture.done(front.tokens.verify(known));
            String[] from = {"X-Forwarded-For", "203.0.113.1"};
            for (int i = 0; i < 10; i++) {
                // After the first, attempts to connect are 429, for being too many; each was verified.
                int status = entrance.enter(front, known + i, from).statusCode();
                assertTrue(status == 401 || status == 429, "" + status);
            }
            assertEquals(10, signaturesRefused(front));
            HttpResponse<?> refused = entrance.enter(front, known + "x", from);
            assertEquals(429, refused.statusCode());
            assertTrue(refused.headers().firstValueAsLong("Retry-After").orElseThrow() > 30);
            assertEquals(
                    429,
                    entrance.enter(front, front.token("bert", "staff"), from).statusCode());
            assertEquals(10, signaturesRefused(front), "not verified");
            assertTrue(entrance.enter(front, known, from).statusCode() < 300, "one that was verified before");
            assertTrue(entrance.enter(front, front.token("carl", "staff"), "X-Forwarded-For", "203.0.113.2")
                            .statusCode()
                    < 300);
        }
    }

    private static double signaturesRefused(BroadcastFixture front) {
        return front.metrics.get("millrace.auth.refused.tokens").counters().stream()
                .mapToDouble(io.micrometer.core.instrument.Counter::count)
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.0/8", "10.0.0.0/8, 127.0.0.1/32"})
    void aTrustedProxyNamesTheClientsAddress(String proxies) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("poll.rate", "1", "http.proxies", proxies)) {
            for (String client : List.of(
                    "203.0.113.1",
                    "203.0.113.2:4711",
                    // What a client itself said comes first, and isn't believed.
                    "203.0.113.1, 203.0.113.3",
                    "2001:db8:1::7",
                    "[2001:db8:2::7]")) {
                assertTrue(
                        429
                                != Entrance.POLL
                                        .enter(front, null, "X-Forwarded-For", client)
                                        .statusCode(),
                        client);
            }
            assertTrue(429
                    != Entrance.POLL
                            .enter(front, null, "Forwarded", "for=\"[2001:db8:3::1]:80\";proto=https")
                            .statusCode());
            for (String again :
                    List.of("203.0.113.1", "203.0.113.2", "203.0.113.3", "2001:db8:1::8", "2001:db8:2::9")) {
                assertEquals(
                        429,
                        Entrance.POLL
                                .enter(front, null, "X-Forwarded-For", again)
                                .statusCode(),
                        again);
            }
            assertEquals(
                    429,
                    Entrance.POLL
                            .enter(front, null, "Forwarded", "by=10.0.0.1;for=\"[2001:db8:3::2]\"")
                            .statusCode());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET", "SSE", "POLL"})
    void aPageOfAnotherOriginIsRefusedAndCounted(Entrance entrance) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("http.origins", "https://shop.example")) {
            String token = front.token("anna", "staff");
            assertEquals(
                    403,
                    entrance.enter(front, token, "Origin", "https://shop.example.evil")
                            .statusCode());
            assertEquals(
                    200,
                    entrance.enter(front, token, "Origin", "https://shop.example")
                            .statusCode());
            assertEquals(1, front.refusedConnections("origin"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"51", "60", "9999", "-1", "x", "1.5"})
    void aPollWaitsAsLongAsItMayAndNoLonger(String wait) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            HttpResponse<String> refused = HTTP.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://" + front.uri.getAuthority() + "/api/poll?stream=orders&wait=" + wait))
                            .header("Authorization", "Bearer " + front.token("anna", "staff"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertEquals(400, refused.statusCode());
            assertTrue(new JsonObject(refused.body()).getString("detail").contains("wait"), refused.body());
        }
    }

    @Test
    void anUnreadableTokenIsUnauthenticatedOnEveryTransport() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            for (String token : List.of("e30.e30.e30", "x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0gYW5kIG1vcmU.AAAA")) {
                for (Entrance entrance : Entrance.values()) {
                    assertEquals(401, entrance.enter(front, token).statusCode(), entrance + " " + token);
                }
            }
        }
    }

    /** Who follows without a token has the role {@code public}, on every transport; HTTP asks them for a token. */
    @ParameterizedTest
    @CsvSource({"SSE, 403", "POLL, 403", "TICKET, 201"})
    void withoutATokenNothingThatIsNotPublicIsOpened(Entrance entrance, int strangersStatus) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            HttpResponse<?> refused = entrance.enter(front, null);
            assertEquals(401, refused.statusCode());
            assertEquals(
                    "Bearer", refused.headers().firstValue("WWW-Authenticate").orElse(null));
            assertEquals(
                    strangersStatus,
                    entrance.enter(front, front.token("stranger", "nobody")).statusCode());
        }
    }
}
