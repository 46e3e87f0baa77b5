package io.millrace.platform.auth;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A revoked token is refused, verified before or not; every other one is accepted. */
@Timeout(60)
class RevocationsTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final byte[] SECRET = "a secret of more than thirty-two bytes".getBytes(StandardCharsets.UTF_8);
    private static final String LIST_ERROR = "the database is down";

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final TokenVerifier tokens = new TokenVerifier(VERTX, SECRET, Clock.systemUTC(), metrics);
    private final Revocations revocations = tokens.revocations();
    private long version;

    @AfterAll
    static void close() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /** The token is anna's, has the jti "a", and was issued at 1000. */
    @ParameterizedTest
    @CsvSource({
        "a,,,true",
        "b,,,false",
        ",anna,,true",
        ",bert,,false",
        ",,1001,true",
        ",,1000,false",
        ",,999,false",
        ",anna,1001,true",
        ",anna,1000,false",
        ",bert,1001,false"
    })
    void aRevocationNamesTheTokensThatItSays(
            @Nullable String token, @Nullable String user, @Nullable Long before, boolean revoked) {
        revoke(new Revocation(
                1, token, user, before == null ? Revocation.ALWAYS : before * 1_000_000, Revocation.NEVER, "op", 1));
        Principal anna = new Principal("anna", Set.of(), new JsonObject(), 5_000_000_000L, "a", 1_000);
        assertEquals(revoked, revocations.revokes(anna));
    }

    @Test
    void aTokenWithoutAnIssueTimeWasIssuedBeforeAnyAndOneWithoutAnIdIsNoOther() {
        Principal bare = new Principal("anna", Set.of(), new JsonObject(), 5_000_000_000L);
        revoke(new Revocation(1, "a", null, Revocation.ALWAYS, Revocation.NEVER, "op", 1));
        assertEquals(false, revocations.revokes(bare));
        revoke(new Revocation(1, null, null, 1, Revocation.NEVER, "op", 1));
        assertEquals(true, revocations.revokes(bare));
        assertEquals(false, revocations.revokes(Principal.PUBLIC), "who has no token has none revoked");
    }

    @Test
    void aTokenThatWasVerifiedBeforeIsRefusedWithItsOwnCodeAndAcceptedAgainWhenTheRevocationIsDeleted()
            throws Exception {
        String token = tokens.signer().issue("anna", Set.of("customer"), Duration.ofHours(1));
        Principal anna = verify(token);
        revoke(of(Objects.requireNonNull(anna.tokenId())));
        assertEquals(Failure.TOKEN_REVOKED, refusal(token));
        assertEquals(Failure.TOKEN_REVOKED, refusal(token), "and again");
        assertEquals(2, metrics.get("millrace.auth.revoked.tokens").counter().count());
        assertEquals(1, metrics.get("millrace.auth.revocations").gauge().value());
        String other = tokens.signer().issue("anna", Set.of("customer"), Duration.ofHours(1));
        assertEquals("anna", verify(other).user(), "another token of the same user");
        revoke();
        assertEquals("anna", verify(token).user());
    }

    @Test
    void aRevocationThatHasEndedNamesNothing() {
        Principal anna = new Principal("anna", Set.of(), new JsonObject(), 5_000_000_000L, "a", 1_000);
        long now = System.currentTimeMillis() * 1_000;
        revoke(new Revocation(1, "a", null, Revocation.ALWAYS, now - Revocation.GRACE_SECONDS * 1_000_000, "op", 1));
        assertEquals(false, revocations.revokes(anna));
        revoke(new Revocation(1, "a", null, Revocation.ALWAYS, now + 60_000_000, "op", 1));
        assertEquals(true, revocations.revokes(anna));
    }

    @Test
    void aRevocationHoldsForAClockThatIsBehindWhenItsTokenExpires() throws Exception {
        long now = System.currentTimeMillis() / 1_000;
        String token = signed("\"jti\":\"a\",\"exp\":" + (now + 30));
        assertEquals("anna", verify(token).user());
        revoke(new Revocation(1, "a", null, Revocation.ALWAYS, (now - 30) * 1_000_000, "op", 1));
        assertEquals(Failure.TOKEN_REVOKED, refusal(token));
    }

    @Test
    void beforeTheListWasReadNoTokenIsAcceptedAndNoneIsSaidToBeBad() throws Exception {
        revocations.require(Duration.ofDays(1));
        String token = tokens.signer().issue("anna", Set.of("customer"), Duration.ofHours(1));
        assertEquals(Failure.UNAVAILABLE, refusal(token));
        assertEquals(Principal.PUBLIC, get(tokens.ofHeader(null)), "who needs no token is served");
        revoke();
        assertEquals("anna", verify(token).user());
    }

    @Test
    void aTokenThatLastsLongerThanItsRevocationMayIsRefused() throws Exception {
        revocations.require(Duration.ofDays(1));
        revoke();
        assertEquals(Failure.UNAUTHENTICATED, refusal(tokens.signer().issue("a", Set.of(), Duration.ofHours(25))));
        verify(tokens.signer().issue("a", Set.of(), Duration.ofHours(24)));
        long now = System.currentTimeMillis() / 1_000;
        String late = "\"exp\":" + (now + 3_600) + ",\"iat\":" + (now - 24 * 3_600);
        assertEquals(Failure.UNAUTHENTICATED, refusal(signed(late)), "until it has expired");
        verify(signed("\"exp\":" + (now + 3_600) + ",\"iat\":" + (now - 23 * 3_600)));
        verify(signed("\"exp\":" + (now + 3_600)));
    }

    @Test
    void everyTokenThatIsIssuedHasAnIdOfItsOwnAndItsTime() throws Exception {
        Principal first = verify(tokens.signer().issue("a", Set.of(), Duration.ofHours(1)));
        Principal second = verify(tokens.signer().issue("a", Set.of(), Duration.ofHours(1)));
        assertEquals(false, Objects.requireNonNull(first.tokenId()).equals(second.tokenId()));
        assertEquals(true, first.issuedAtSeconds() > 1_700_000_000);
    }

    @Test
    void theMonitorFollowsTheListThroughLostMessagesAndOutagesOfTheDatabase() throws Exception {
        revocations.require(Duration.ofDays(1));
        Vertx vertx = Vertx.vertx();
        try {
            Bus bus = new Bus(vertx, Duration.ofSeconds(2));
            AtomicReference<@Nullable RevocationPage> list = new AtomicReference<>();
            RevocationSync monitor = new RevocationSync(vertx, bus, revocations);
            get(monitor.start());
            assertEquals(false, revocations.isKnown(), "nobody serves it yet");
            get(bus.serve(Addresses.REVOCATIONS, query -> {
                RevocationPage now = list.get();
                return now == null
                        ? Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, LIST_ERROR))
                        : Future.succeededFuture(
                                now.version() == query.knownVersion()
                                        ? new RevocationPage(now.version(), List.of())
                                        : now);
            }));
            await().until(() -> String.valueOf(monitor.error()).contains(LIST_ERROR));
            assertEquals(false, revocations.isKnown());
            list.set(new RevocationPage(3, List.of(of("a"))));
            // Nothing is published: versions are compared.
            await().until(() -> revocations.version() == 3);
            assertNull(monitor.error());
            Principal anna = new Principal("anna", Set.of(), new JsonObject(), 5_000_000_000L, "a", 1_000);
            assertEquals(true, revocations.revokes(anna));
            list.set(null);
            await().until(() -> monitor.error() != null);
            assertEquals(true, revocations.revokes(anna), "what is known stays in force");
            list.set(new RevocationPage(4, List.of()));
            bus.publish(Addresses.REVOCATIONS_CHANGED, new RevocationPage(4, List.of()));
            await().atMost(Duration.ofMillis(900)).until(() -> !revocations.revokes(anna));
        } finally {
            get(vertx.close());
        }
    }

    @Test
    void aLostReplyDelaysRevocationsByASecondAtMostAndALateReplyChangesNothing() throws Exception {
        revocations.require(Duration.ofDays(1));
        Vertx vertx = Vertx.vertx();
        try {
            Bus bus = new Bus(vertx, Duration.ofSeconds(30));
            Queue<Promise<RevocationPage>> asked = new ConcurrentLinkedQueue<>();
            get(bus.serve(Addresses.REVOCATIONS, query -> {
                Promise<RevocationPage> reply = Promise.promise();
                asked.add(reply);
                return reply.future();
            }));
            RevocationSync monitor = new RevocationSync(vertx, bus, revocations);
            Future<Void> started = monitor.start();
            await().until(() -> !asked.isEmpty());
            Promise<RevocationPage> lost = asked.remove();
            await().atMost(Duration.ofSeconds(3)).until(() -> !asked.isEmpty());
            get(started);
            assertEquals(true, String.valueOf(monitor.error()).contains("can't be read"));
            asked.remove().complete(new RevocationPage(2, List.of(of("a"))));
            await().until(() -> revocations.version() == 2);
            assertNull(monitor.error());
            lost.complete(new RevocationPage(1, List.of()));
            await().atMost(Duration.ofSeconds(3)).until(() -> !asked.isEmpty());
            assertEquals(2, revocations.version());
            // This one is late, but nothing newer has come.
            Promise<RevocationPage> late = asked.remove();
            await().atMost(Duration.ofSeconds(3)).until(() -> monitor.error() != null);
            late.complete(new RevocationPage(3, List.of()));
            await().until(() -> revocations.version() == 3 && monitor.error() == null);
        } finally {
            get(vertx.close());
        }
    }

    @Test
    void aPrincipalThatWasVerifiedAWhileAgoIsRefusedOnceItsTokenIsRevokedOrHasExpired() throws Exception {
        Principal anna = verify(tokens.signer().issue("anna", Set.of(), Duration.ofHours(1)));
        assertEquals(anna, get(tokens.recheck(anna)));
        assertEquals(Principal.PUBLIC, get(tokens.recheck(Principal.PUBLIC)));
        long now = System.currentTimeMillis() / 1_000;
        assertEquals(Failure.UNAUTHENTICATED, recheck(new Principal("anna", Set.of(), new JsonObject(), now)));
        revoke(of(Objects.requireNonNull(anna.tokenId())));
        assertEquals(Failure.TOKEN_REVOKED, recheck(anna));
    }

    private Failure recheck(Principal who) {
        return MillraceException.of(tokens.recheck(who).cause()).failure();
    }

    /** A token of anna's. */
    private static String signed(String more) {
        return SigningParty.hmac("{\"alg\":\"HS256\"}", "{\"sub\":\"anna\",\"roles\":[]," + more + "}", SECRET);
    }

    private static Revocation of(String token) {
        return new Revocation(1, token, null, Revocation.ALWAYS, Revocation.NEVER, "op", 1);
    }

    private void revoke(Revocation... all) {
        revocations.replace(new RevocationPage(++version, List.of(all)));
    }

    private Principal verify(String token) throws Exception {
        return get(tokens.verify(token));
    }

    private Failure refusal(String token) {
        ExecutionException refused = assertThrows(ExecutionException.class, () -> verify(token));
        return MillraceException.of(Objects.requireNonNull(refused.getCause())).failure();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
