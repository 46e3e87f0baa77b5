package io.millrace.platform.auth;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of an address: fetched, cached, rotated, and gone. */
@Tag("slow")
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("RemoteKeysTest")
class RemoteKeysTest extends IssuersFixture {
    private static final SigningParty RSA = SigningParty.of("k", "RS256");

    private final SigningParty party = RSA;

    private TokenVerifier fetching() throws Exception {
        write(
                "a.yaml",
                "issuer: https://a.example\naudience: [millrace]\nprefix: ''\nkeys: [{ jwks: '" + address("/keys")
                        + "' }]\n");
        return verifier();
    }

    @Test
    void manyTokensCostOneFetch() throws Exception {
        served.put("/keys", SigningParty.set(party));
        TokenVerifier verifier = fetching();
        for (int i = 0; i < 100; i++) {
            assertEquals(
                    "u", verified(verifier, party.token(claims(",\"n\":" + i))).user());
        }
        assertTrue(fetches.get() <= 3, fetches + " fetches");
    }

    @Test
    void aNewKeyIsFetchedWhenATokenNamesItAndAnOldOneEnds() throws Exception {
        served.put("/keys", SigningParty.set(party));
        TokenVerifier verifier = fetching();
        String old = party.token(claims(""));
        Principal who = verified(verifier, old);
        SigningParty next = SigningParty.of("k2", "ES256");
        served.put("/keys", SigningParty.set(party, next));
        String token = next.token(claims(""));
        eventually(() -> assertEquals("u", verified(verifier, token).user()));
        assertSame(who, verified(verifier, old));
        served.put("/keys", SigningParty.set(next));
        eventually(() -> assertRefused(verifier, old));
    }

    @Test
    void anUnknownKidIsRefusedAndAsksAtABoundedRate() throws Exception {
        served.put("/keys", SigningParty.set(party));
        TokenVerifier verifier = fetching();
        verified(verifier, party.token(claims("")));
        String settled = claims("").replace("\"iat\":" + now, "\"iat\":" + (now - 600));
        long began = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            assertRefused(verifier, new SigningParty("k" + i, party.algorithm(), party.pair()).token(settled));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        assertTrue(fetches.get() <= 4 + 2 * seconds / 0.3, fetches + " fetches in " + seconds + " s");
    }

    /** A key may have been published since the last fetch; it is the issuer's, not the client's, to be waited for. */
    @Test
    void aTokenThatIsNewerThanTheKeysIsToBeSentAgainUntilTheyMayBeFetched() throws Exception {
        served.put("/keys", SigningParty.set(party));
        TokenVerifier verifier = fetching();
        verified(verifier, party.token(claims("")));
        SigningParty next = SigningParty.of("next", "EdDSA");
        String late = claims("").replace("\"iat\":" + now, "\"iat\":" + (now + 30));
        eventually(() -> {
            assertRefused(verifier, SigningParty.of("none", "EdDSA").token(late));
            assertFails(Failure.UNAVAILABLE, verifier, next.token(late));
        });
        served.put("/keys", SigningParty.set(party, next));
        eventually(() -> assertEquals("u", verified(verifier, next.token(late)).user()));
    }

    @Test
    void aSetThatCantBeFetchedIsNeitherARefusalNorAnOpenDoor() throws Exception {
        long began = System.nanoTime();
        TokenVerifier verifier = fetching();
        assertTrue(System.nanoTime() - began < 5_000_000_000L, "the start doesn't wait");
        String good = party.token(claims(""));
        assertTrue(assertFails(Failure.UNAVAILABLE, verifier, good).retryAfterMillis() >= 300);
        assertFails(Failure.UNAVAILABLE, verifier, SigningParty.of("k", "RS256").token(claims("")));
        assertNotNull(verifier.problem());
        served.put("/keys", SigningParty.set(party));
        eventually(() -> assertEquals("u", verified(verifier, good).user()));
        eventually(() -> assertNull(verifier.problem()));
        // What was fetched is kept for a while.
        stopServing();
        String another = party.token(claims(",\"n\":1"));
        await().until(() -> verifier.problem() != null);
        assertEquals("u", verified(verifier, another).user());
        eventually(() -> assertFails(Failure.UNAVAILABLE, verifier, good));
        listen(port);
        eventually(() -> assertEquals("u", verified(verifier, good).user()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "silence",
                "",
                "{",
                "[]",
                "{}",
                "null",
                "{\"keys\":null}",
                "{\"keys\":[null]}",
                "{\"keys\":[]}",
                "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"
            })
    void anAnswerThatIsNoSetOfUsableKeysIsNone(String answer) throws Exception {
        served.put("/keys", answer);
        TokenVerifier verifier = fetching();
        assertFails(Failure.UNAVAILABLE, verifier, party.token(claims("")));
        assertTrue(String.valueOf(verifier.problem()).contains(address("/keys")), verifier.problem());
    }

    @Test
    void aSecretIsNeverTakenFromAnAddress() throws Exception {
        String secret = SigningParty.encode(SECRET);
        served.put(
                "/keys",
                "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"s\",\"alg\":\"HS256\",\"k\":\"" + secret + "\"}," + party.jwk()
                        + "]}");
        TokenVerifier verifier = fetching();
        assertEquals("u", verified(verifier, party.token(claims(""))).user());
        assertRefused(
                verifier,
                SigningParty.hmac(
                        "{\"alg\":\"HS256\",\"kid\":\"s\"}",
                        claims("").replace("\"iat\":" + now, "\"iat\":1"),
                        SECRET));
    }

    @Test
    void keysOfOtherUsesAndAlgorithmsAreLeftOut() throws Exception {
        SigningParty encryption = SigningParty.of("e", "RS256");
        SigningParty pss = SigningParty.of("p", "RS256");
        SigningParty signing = SigningParty.of("s", "ES256");
        served.put(
                "/keys",
                SigningParty.set(encryption, pss, party)
                        .replace(encryption.jwk(), encryption.jwk().replace("\"sig\"", "\"enc\""))
                        .replace(pss.jwk(), pss.jwk().replace("\"RS256\"", "\"PS256\""))
                        .replace(
                                "{\"keys\":[",
                                "{\"keys\":[{\"kty\":\"XYZ\",\"kid\":\"x\"},"
                                        // A secret that says it is for RS256, and a key of a curve that isn't verified.
                                        + "{\"kty\":\"oct\",\"kid\":\"o\",\"alg\":\"RS256\",\"k\":\""
                                        + SigningParty.encode(SECRET)
                                        + "\"}," + otherCurve("c") + ","
                                        + signing.jwk().replace("\"use\":\"sig\"", "\"key_ops\":[\"sign\"]") + ","));
        TokenVerifier verifier = fetching();
        assertEquals("u", verified(verifier, party.token(claims(""))).user());
        String settled = claims("").replace("\"iat\":" + now, "\"iat\":1");
        assertRefused(verifier, encryption.token(settled));
        assertRefused(verifier, pss.token(settled));
        assertRefused(verifier, signing.token(settled));
        assertRefused(verifier, SigningParty.hmac("{\"alg\":\"HS256\",\"kid\":\"o\"}", settled, SECRET));
        assertRefused(verifier, SigningParty.hmac("{\"alg\":\"RS256\",\"kid\":\"o\"}", settled, SECRET));
        assertRefused(verifier, SigningParty.of("c", "ES256").token(settled));
    }

    /** Where else a key is to be found is said to a server that doesn't ask. */
    @Test
    void anAddressInAKeyIsNotAsked() throws Exception {
        String key = party.jwk()
                .replace("\"use\"", "\"x5u\":\"" + address("/x5u") + "\",\"jku\":\"" + address("/jku") + "\",\"use\"");
        served.put("/keys", "{\"keys\":[" + key + "]}");
        TokenVerifier verifier = fetching();
        assertEquals("u", verified(verifier, party.token(claims(""))).user());
        assertEquals(Set.of("/keys"), asked);
    }

    private static String otherCurve(String kid) throws Exception {
        var generator = java.security.KeyPairGenerator.getInstance("EC");
        generator.initialize(new java.security.spec.ECGenParameterSpec("secp384r1"));
        var point = ((java.security.interfaces.ECPublicKey)
                        generator.generateKeyPair().getPublic())
                .getW();
        return "{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"" + kid + "\",\"x\":\"" + coordinate(point.getAffineX())
                + "\",\"y\":\"" + coordinate(point.getAffineY()) + "\"}";
    }

    private static String coordinate(java.math.BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] fixed = new byte[48];
        int taken = Math.min(48, bytes.length);
        System.arraycopy(bytes, bytes.length - taken, fixed, 48 - taken, taken);
        return SigningParty.encode(fixed);
    }

    @Test
    void theDocumentOfAProviderSaysWhereItsKeysAre() throws Exception {
        String issuer = address("/realm");
        served.put(
                "/realm/.well-known/openid-configuration",
                new JsonObject()
                        .put("issuer", issuer)
                        .put("jwks_uri", address("/certs"))
                        .encode());
        served.put("/certs", SigningParty.set(party));
        write("a.yaml", "issuer: " + issuer + "\naudience: [millrace]\nprefix: ''\nkeys: [{ discovery: true }]\n");
        TokenVerifier verifier = verifier();
        assertEquals("u", verified(verifier, party.token(claims(issuer, ""))).user());
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://other.example", ""})
    void theDocumentOfAnotherProviderSaysNothing(String named) throws Exception {
        String issuer = address("/realm");
        served.put(
                "/realm/.well-known/openid-configuration",
                new JsonObject()
                        .put("issuer", named)
                        .put("jwks_uri", address("/certs"))
                        .encode());
        served.put("/certs", SigningParty.set(party));
        write("a.yaml", "issuer: " + issuer + "\naudience: [millrace]\nprefix: ''\nkeys: [{ discovery: true }]\n");
        assertFails(Failure.UNAVAILABLE, verifier(), party.token(claims(issuer, "")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "{}", "{\"issuer\":null}", "{\"issuer\":[1]}", "silence"})
    void anAnswerThatIsNoDocumentOfAProviderSaysNothing(String answer) throws Exception {
        String issuer = address("/realm");
        served.put("/realm/.well-known/openid-configuration", answer);
        write("a.yaml", "issuer: " + issuer + "\naudience: [millrace]\nprefix: ''\nkeys: [{ discovery: true }]\n");
        TokenVerifier verifier = verifier();
        assertFails(Failure.UNAVAILABLE, verifier, party.token(claims(issuer, "")));
        assertTrue(String.valueOf(verifier.problem()).contains(" can't be read: "), verifier.problem());
    }

    @Test
    void tokensOfOneIssuerDontWaitForTheKeysOfAnother() throws Exception {
        served.put("/keys", "silence");
        served.put("/other", SigningParty.set(party));
        write(
                "a.yaml",
                "issuer: https://a.example\naudience: [millrace]\nprefix: 'a:'\nkeys: [{ jwks: '" + address("/keys")
                        + "' }]\n");
        write(
                "b.yaml",
                "issuer: https://b.example\naudience: [millrace]\nprefix: 'b:'\nkeys: [{ jwks: '" + address("/other")
                        + "' }]\n");
        TokenVerifier verifier = verifier();
        for (int i = 0; i < 10; i++) {
            verifier.verify(party.token(claims(",\"n\":" + i))).onFailure(gone -> {});
        }
        long began = System.nanoTime();
        assertEquals(
                "b:u",
                verified(verifier, party.token(claims("https://b.example", ""))).user());
        assertTrue(Duration.ofNanos(System.nanoTime() - began).toMillis() < 900);
        assertEquals(
                "u",
                verified(verifier, verifier.signer().issue("u", java.util.Set.of("customer"), Duration.ofHours(1)))
                        .user());
    }
}
