package io.millrace.platform.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a token tries, it is refused as unauthenticated, and nothing else happens. */
class TokenVerifierTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final byte[] SECRET = bytes("a secret of more than thirty-two bytes");
    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    /** The library under test reads the clock itself. */
    private final long now = Instant.now().getEpochSecond();

    private final TokenVerifier tokens = new TokenVerifier(VERTX, SECRET, Clock.systemUTC());

    @AfterAll
    static void close() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aTokenIdentifiesItsBearer() throws Exception {
        String token = tokens.signer().issue("c-4", Set.of("customer", "staff"), Duration.ofHours(1));
        Principal who = verify(token);
        assertEquals("c-4", who.user());
        assertEquals(Set.of("customer", "staff"), who.roles());
        assertTrue(who.authenticated());
        assertTrue(who.expiresAtSeconds() > now + 3_500);
        assertSame(who, verify(token), "verified once, remembered");
    }

    @Test
    void aRequestWithoutATokenIsPublic() throws Exception {
        Principal who =
                tokens.ofHeader(null).toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        assertSame(Principal.PUBLIC, who);
        assertFalse(who.authenticated());
    }

    @Test
    void aTokenMayListTheStreamsThatItOpens() throws Exception {
        Map<String, List<String>> lists = Map.of("rooms", List.of("42", "43"));
        Principal who = verify(tokens.signer().issue("p-1", Set.of("player"), lists, Duration.ofHours(1)));
        assertEquals("p-1", who.user());
        assertEquals(new JsonArray(List.of("42", "43")), who.claims().getValue("rooms"));
    }

    @Test
    void aTokenThatHasAnIdAndATimeOfIssueIsKnownByThem() throws Exception {
        Principal who = verify(signed(HEADER, claims(",\"jti\":\"t-1\",\"iat\":" + (now - 5) + ".75")));
        assertEquals("t-1", who.tokenId());
        assertEquals(now - 5, who.issuedAtSeconds());
        Principal without = verify(signed(HEADER, claims("")));
        assertNull(without.tokenId());
        assertEquals(0, without.issuedAtSeconds(), "issued before any time");
        assertTrue(verify(tokens.signer().issue("u", Set.of(), Duration.ofHours(1)))
                        .issuedAtSeconds()
                >= now);
        assertNull(Principal.PUBLIC.tokenId());
    }

    @Test
    void theHeaderMustSayBearer() {
        String token = tokens.signer().issue("u", Set.of(), Duration.ofHours(1));
        assertTrue(tokens.ofHeader("Bearer " + token).succeeded());
        assertTrue(tokens.ofHeader("bearer  " + token).succeeded());
        assertUnauthenticated(tokens.ofHeader("Basic dTpw").cause());
        assertUnauthenticated(tokens.ofHeader(token).cause());
        assertUnauthenticated(tokens.ofHeader("").cause());
    }

    @Test
    void aKeyTooShortIsRefusedAtStart() {
        assertThrows(IllegalArgumentException.class, () -> new TokenVerifier(VERTX, new byte[31], Clock.systemUTC()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"none\"}",
                "{\"alg\":\"None\"}",
                "{\"alg\":\"nOnE\"}",
                "{\"alg\":\"HS384\"}",
                "{\"alg\":\"RS256\"}",
                "{\"alg\":\"hs256\"}",
                "{\"alg\":null}",
                "{\"alg\":[\"HS256\"]}",
                "{}",
                "[]",
                "null",
                "\"HS256\"",
                "{\"alg\":\"HS256\",\"kid\":\"unknown\"}",
                "{\"alg\":\"HS256\",\"kid\":\"../../../dev/null\"}",
                "{\"alg\":\"HS256\",\"kid\":\"' or 1=1 --\"}",
                "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
                "{\"alg\":\"HS256\",\"jku\":\"http://127.0.0.1:1/keys\"}",
                "{\"alg\":\"HS256\",\"x5u\":\"http://127.0.0.1:1/cert\"}",
                "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
                "{\"alg\":\"HS256\",\"b64\":false}",
                "{\"alg\":\"none\",\"alg\":\"HS256\"}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\"}"
            })
    void aHeaderMaySayNothingButTheOneAlgorithm(String header) {
        assertRefused(signed(header, claims("")));
    }

    @Test
    void anUnsignedTokenIsRefusedWithAndWithoutTheLastDot() {
        assertRefused(encode("{\"alg\":\"none\"}") + "." + encode(claims("")) + ".");
        assertRefused(encode("{\"alg\":\"none\"}") + "." + encode(claims("")));
        assertRefused(encode(HEADER) + "." + encode(claims("")) + ".");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"sub\":\"u\",\"roles\":[]}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":null}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":\"2999999999\"}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":1e99}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":1e400}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":99999999999999999999999999}",
                "{\"sub\":\"u\\u0000\",\"roles\":[],\"exp\":2999999999}",
                "{\"sub\":\"\\ud800\",\"roles\":[],\"exp\":2999999999}",
                "{\"sub\":\"u\",\"roles\":[7],\"exp\":2999999999}",
                "{\"sub\":\"u\",\"roles\":[null],\"exp\":2999999999}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":NaN}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":-1e999999999}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999} and more",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999}{}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999}\u0000",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":-1}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":{}}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":true}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":1,\"exp\":2999999999}",
                "{\"sub\":\"u\",\"roles\":\"admin\",\"exp\":2999999999}",
                "{\"sub\":\"u\",\"exp\":2999999999}",
                "{\"sub\":\"\",\"roles\":[],\"exp\":2999999999}",
                "{\"sub\":7,\"roles\":[],\"exp\":2999999999}",
                "{\"roles\":[],\"exp\":2999999999}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999,\"nbf\":\"soon\"}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999,\"iat\":{}}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999,\"iat\":null}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999,\"jti\":7}",
                "{\"sub\":\"u\",\"roles\":[],\"exp\":2999999999,\"jti\":\"\"}",
                "[]",
                "null",
                "7",
                "{",
                ""
            })
    void everyClaimThatDecidesSomethingMustBeThereAndOfItsType(String claims) {
        assertRefused(signed(HEADER, claims));
    }

    @Test
    void aTokenEndsAtItsExpAndMayHaveBegunByAClockThatIsAMinuteAhead() throws Exception {
        for (String exp : new String[] {now - 120 + "", now - 30 + "", now - 1 + ".75", now + "", now + ".001"}) {
            assertRefused(signed(HEADER, "{\"sub\":\"u\",\"roles\":[],\"exp\":" + exp + "}"));
        }
        assertRefused(signed(HEADER, claims(",\"nbf\":" + (now + 300))));
        assertRefused(signed(HEADER, claims(",\"iat\":" + (now + 300))));
        assertEquals(
                "u",
                verify(signed(HEADER, claims(",\"nbf\":" + (now + 20) + ",\"iat\":" + (now + 20))))
                        .user());
    }

    @Test
    void aNumericDateMayHaveAFraction() throws Exception {
        for (String exp : new String[] {"2999999999.5", "2.999999999e9", "2999999999.0", now + 5 + ".25"}) {
            assertEquals(
                    "u",
                    verify(signed(HEADER, "{\"sub\":\"u\",\"roles\":[],\"exp\":" + exp + "}"))
                            .user(),
                    exp);
        }
        String begun = "\"iat\":" + (now - 1) + ".5,\"nbf\":" + (now - 1) + ".125";
        assertEquals("u", verify(signed(HEADER, claims("," + begun))).user());
        assertRefused(signed(HEADER, "{\"sub\":\"u\",\"roles\":[],\"exp\":" + (now - 120) + ".75}"));
        assertRefused(signed(HEADER, claims(",\"nbf\":" + (now + 300) + ".5")));
    }

    @Test
    void whatIsRefusedIsCountedByItsReason() {
        SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        TokenVerifier counting = new TokenVerifier(VERTX, SECRET, Clock.systemUTC(), metrics);
        for (String token : new String[] {
            "no token",
            signed(HEADER, "{"),
            signed(HEADER, "{\"sub\":\"u\",\"roles\":[],\"exp\":1}"),
            signed(HEADER, claims(",\"nbf\":" + (now + 300))),
            signed(HEADER, "{\"sub\":7}"),
            encode(HEADER) + "." + encode(claims("")) + ".AAAA"
        }) {
            assertTrue(counting.verify(token).failed());
        }
        assertEquals(2, refused(metrics, "unreadable"));
        for (String reason : new String[] {"expired", "not_yet_valid", "claims", "signature"}) {
            assertEquals(1, refused(metrics, reason), reason);
        }
    }

    private static double refused(SimpleMeterRegistry metrics, String reason) {
        return metrics.get("millrace.auth.refused.tokens")
                .tag("reason", reason)
                .counter()
                .count();
    }

    @Test
    void anotherKeyOrAChangedTokenIsRefused() {
        String other = new TokenVerifier(
                        VERTX, bytes("another secret of more than thirty-two bytes"), Clock.systemUTC())
                .signer()
                .issue("u", Set.of("admin"), Duration.ofHours(1));
        assertRefused(other);
        String good = signed(HEADER, claims(""));
        String[] parts = good.split("\\.", -1);
        assertRefused(parts[0] + "." + encode(claims(",\"more\":1")) + "." + parts[2]);
        assertRefused(good.substring(0, good.length() - 2));
        assertRefused(good + ".x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "...", "a.b", "a.b.c", "!.!.!", "e30.e30.", "\u0000", "Ünïcode.a.b"})
    void whatIsNoTokenIsRefused(String text) {
        assertRefused(text);
    }

    @Test
    void anOpaqueTokenIsRefusedWithWhatToDo() {
        ExecutionException refused = assertThrows(ExecutionException.class, () -> verify("PmLjwxZlZHdm0sGV3mZ1e6Pn"));
        assertUnauthenticated(refused.getCause());
        assertTrue(String.valueOf(refused.getMessage()).contains("opaque tokens"), refused.getMessage());
    }

    @Test
    void aMegabyteIsNotEvenRead() {
        assertRefused("x".repeat(1 << 20));
        assertRefused(signed(HEADER, claims(",\"x\":\"" + "y".repeat(1 << 20) + "\"")));
        assertRefused(signed(HEADER, claims(",\"x\":" + "[".repeat(2_000) + "]".repeat(2_000))));
    }

    @Test
    void keysForOtherPurposesAreTheSameOnEveryNodeAndNeverTheSecret() {
        byte[] key = tokens.keyFor("position");
        assertArrayEquals(key, new TokenVerifier(VERTX, SECRET, Clock.systemUTC()).keyFor("position"));
        assertFalse(Arrays.equals(key, tokens.keyFor("ticket")));
        assertFalse(Arrays.equals(key, SECRET));
    }

    private String claims(String more) {
        return "{\"sub\":\"u\",\"roles\":[\"customer\"],\"exp\":" + (now + 3_600) + more + "}";
    }

    private Principal verify(String token) throws Exception {
        return tokens.verify(token).toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    private void assertRefused(String token) {
        ExecutionException refused = assertThrows(ExecutionException.class, () -> verify(token));
        assertUnauthenticated(refused.getCause());
    }

    private static void assertUnauthenticated(@Nullable Throwable cause) {
        MillraceException known = assertInstanceOf(MillraceException.class, cause);
        assertEquals(Failure.UNAUTHENTICATED, known.failure(), known.getMessage());
    }

    private static String signed(String header, String claims) {
        String content = encode(header) + "." + encode(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
            return content + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(bytes(content)));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
