package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A connection whose token is revoked or expires ends within two seconds, and nothing of its streams is sent after. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class RevokedTest {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int EVENT_BYTES = 20_000;
    private static BroadcastFixture front;
    private static int users;

    /** Another one for each test. */
    private final String user = "u-" + users++;

    static Stream<Arguments> ways() {
        return Arrays.stream(Transport.values())
                .flatMap(transport -> transport.isSocket()
                        ? Stream.of(Arguments.of(transport, HttpVersion.HTTP_1_1))
                        : Stream.of(
                                Arguments.of(transport, HttpVersion.HTTP_1_1),
                                Arguments.of(transport, HttpVersion.HTTP_2)));
    }

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture(
                "message.rate", "100000", "buffer.max", "64KiB", "slow.timeout", "60s", "recent.events", "10");
        front.store.commit(30);
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
    @MethodSource("ways")
    void theConnectionEndsAndIsToldWhyWhileOthersGoOn(Transport transport, HttpVersion version) {
        double before = front.counter("millrace.broadcast.revoked.connections");
        try (TransportClient client = new TransportClient(version, 5);
                TransportListener other = listen(Transport.WEBSOCKET, "other", options())) {
            TransportListener revoked = open(transport, client, options());
            front.store.commit(2);
            await().until(() -> revoked.eventCount() == 2 && other.eventCount() == 2);
            front.revoke("somebody else");
            front.revoke(user);
            await().atMost(SOON).until(revoked::hasEnded);
            assertEquals("token_revoked", reason(revoked));
            front.store.commit(2);
            await().until(() -> other.eventCount() == 4);
            assertEquals(2, revoked.eventCount());
            await().until(() -> front.gauge("millrace.broadcast.connections") == 1);
            assertTrue(front.counter("millrace.broadcast.revoked.connections") > before);
            assertFalse(other.hasEnded());
        }
    }

    /** A poll takes its whole answer. */
    static Stream<Arguments> streaming() {
        return ways().filter(way -> !way.get()[0].toString().startsWith("POLL"));
    }

    @ParameterizedTest
    @MethodSource("streaming")
    void nothingThatWaitedForAClientThatDidNotReadIsSent(Transport transport, HttpVersion version) {
        try (TransportClient client = new TransportClient(version, 5)) {
            TransportListener slow = open(transport, client, options());
            double sentBefore = front.counter("millrace.broadcast.deliveries");
            slow.pause();
            fillSocket();
            double written = front.counter("millrace.broadcast.deliveries") - sentBefore;
            front.revoke(user);
            await().atMost(SOON).until(() -> front.gauge("millrace.broadcast.connections") == 0);
            front.store.commit(2);
            slow.resume();
            await().until(slow::hasEnded);
            assertTrue(slow.eventCount() < written, slow.eventCount() + " of " + written + " came");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPageOfHistoryThatIsBeingReadIsNotSent(Transport transport) {
        Promise<Void> gate = Promise.promise();
        int reads = front.store.reads();
        front.store.answersAfter(gate.future());
        try (TransportListener resumed =
                transport.open(front.uri, front.token(user, "staff"), options().put("after", "beginning"))) {
            await().until(() -> front.store.reads() > reads);
            front.revoke(user);
            await().atMost(SOON).until(resumed::hasEnded);
            gate.complete();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            assertEquals("token_revoked", reason(resumed));
            assertEquals(List.of(), resumed.events());
        } finally {
            front.store.answersAfter(io.vertx.core.Future.succeededFuture());
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"POLL", "POLL_POSTED"},
            mode = EnumSource.Mode.EXCLUDE)
    void aStateThatIsBeingReadIsNotSent(Transport transport) {
        Promise<Void> gate = Promise.promise();
        int reads = front.store.stateReads();
        front.store.sendsStatesAfter(gate.future());
        try (TransportListener reading =
                transport.open(front.uri, front.token(user, "staff"), options().put("state", true))) {
            await().until(() -> front.store.stateReads() > reads);
            front.revoke(user);
            await().atMost(SOON).until(reading::hasEnded);
            gate.complete();
            await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            assertEquals("token_revoked", reason(reading));
            assertNull(reading.first("state"));
            assertEquals(List.of(), reading.events());
        } finally {
            front.store.sendsStatesAfter(io.vertx.core.Future.succeededFuture());
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"POLL", "POLL_POSTED"},
            mode = EnumSource.Mode.EXCLUDE)
    void whatARoundOfConflationHoldsIsNotSent(Transport transport) {
        JsonObject everySecond = options().put("rate", 1);
        try (TransportListener conflated = listen(transport, user, everySecond);
                TransportListener other = listen(transport, "other", everySecond)) {
            front.store.change("o-" + user, "{\"total\":1}");
            await().until(() -> conflated.eventCount() == 1 && other.eventCount() == 1);
            front.store.change("o-" + user, "{\"total\":2}");
            front.revoke(user);
            await().atMost(SOON).until(conflated::hasEnded);
            await().until(() -> other.eventCount() == 2);
            assertEquals("token_revoked", reason(conflated));
            assertEquals(1, conflated.eventCount());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRevokedTokenOpensNothing(Transport transport) {
        front.revoke(user);
        try (TransportListener refused = transport.open(front.uri, front.token(user, "staff"), options())) {
            await().until(() -> refused.hasEnded() || refused.first("error") != null);
            String reason = reason(refused);
            // A socket's upgrade is refused with a status.
            assertTrue(reason == null || reason.equals("token_revoked"), reason);
            assertEquals(null, refused.first("subscribed"));
        }
        front.revoke();
        try (TransportListener accepted = listen(transport, user, options())) {
            assertFalse(accepted.hasEnded(), "the revocation was deleted");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTokenThatHasJustExpiredOpensNothing(Transport transport) {
        double ended = front.counter("millrace.broadcast.revoked.connections");
        JsonObject expired = new JsonObject().put("exp", Instant.now().getEpochSecond());
        try (TransportListener refused = transport.open(front.uri, front.token(user, expired, "staff"), options())) {
            await().until(() -> refused.hasEnded() || refused.first("error") != null);
            String reason = reason(refused);
            assertTrue(reason == null || reason.equals("unauthenticated"), reason);
            assertEquals(null, refused.first("subscribed"));
        }
        assertEquals(ended, front.counter("millrace.broadcast.revoked.connections"), "refused, and not ended at once");
    }

    @Test
    void aTokenThatExpiresEndsItsConnectionOfEveryTransport() {
        double closedBefore = front.closed("4401");
        long exp = Instant.now().getEpochSecond() + 3;
        String token = front.token(user, new JsonObject().put("exp", exp), "staff");
        List<TransportListener> expiring = Stream.of(Transport.values())
                .map(transport -> transport.open(front.uri, token, options()))
                .toList();
        try {
            await().until(() -> expiring.stream().allMatch(listener -> listener.first("subscribed") != null));
            await().atMost(Duration.ofSeconds(6)).until(() -> front.gauge("millrace.broadcast.connections") == 0);
            Instant ended = Instant.now();
            assertTrue(ended.isBefore(Instant.ofEpochSecond(exp).plus(SOON)), ended + " after " + exp);
            for (Transport transport : Transport.values()) {
                TransportListener listener = expiring.get(transport.ordinal());
                // A poll's answer has ended; the next poll is refused.
                await().until(() -> listener.hasEnded() || transport.name().startsWith("POLL"));
                JsonObject error = listener.first("error");
                assertEquals(
                        error == null ? null : "unauthenticated",
                        error == null ? null : error.getString("code"),
                        transport.name());
                if (transport.isWebSocket() || transport == Transport.SOCKJS) {
                    assertEquals(4401, listener.endCode(), transport.name());
                }
            }
            assertTrue(front.closed("4401") >= closedBefore + 2, "counted");
        } finally {
            expiring.forEach(TransportListener::close);
        }
    }

    @Test
    void aTicketThatWasTakenBeforeOpensNothing() throws Exception {
        ApiClient api = new ApiClient(front.uri.resolve("/"), front.token(user, "staff"));
        String ticket = api.ask("POST", "/api/tickets", "").json().getString("ticket");
        String events = "/api/poll?stream=" + StreamStore.STREAM + "&ticket=" + ticket;
        front.revoke(user);
        assertEquals(
                "token_revoked",
                new ApiClient(front.uri.resolve("/"), null).get(events).json().getString("code"));
        assertEquals(401, api.ask("POST", "/api/tickets", "").status());
    }

    @Test
    void theAnswerToARevokedTokenTellsWhatToSend() throws Exception {
        front.revoke(user);
        ApiClient api = new ApiClient(front.uri.resolve("/"), front.token(user, "staff"));
        var answer = api.get("/api/ws/stats");
        assertEquals(401, answer.status());
        assertEquals("token_revoked", answer.json().getString("code"));
        assertEquals("Bearer", answer.header("WWW-Authenticate"));
    }

    /** Commits until a client takes no more. */
    private static void fillSocket() {
        boolean full = false;
        for (int i = 0; i < 100 && !full; i++) {
            double wanted = front.counter("millrace.broadcast.deliveries") + 20;
            for (int j = 0; j < 20; j++) {
                front.store.commit("nobody", EVENT_BYTES);
            }
            full = !comesSoon(() -> front.counter("millrace.broadcast.deliveries") >= wanted);
        }
        assertTrue(full, "the client reads");
    }

    private static boolean comesSoon(Callable<Boolean> fact) {
        try {
            await().atMost(Duration.ofMillis(700)).until(fact);
            return true;
        } catch (ConditionTimeoutException never) {
            return false;
        }
    }

    private TransportListener open(Transport transport, TransportClient client, JsonObject options) {
        TransportListener listener = transport.open(client, front.uri, front.token(user, "staff"), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }

    private static TransportListener listen(Transport transport, String user, JsonObject options) {
        TransportListener listener = transport.open(front.uri, front.token(user, "staff"), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }

    /** The code that a client was told; a close code means the same. */
    private static @Nullable String reason(TransportListener listener) {
        JsonObject error = listener.first("error");
        return error != null ? error.getString("code") : listener.endCode() == 4401 ? "token_revoked" : null;
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", StreamStore.STREAM);
    }
}
