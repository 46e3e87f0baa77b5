package io.millrace.platform.auth;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose keys verify which tokens. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("IssuersTest")
class IssuersTest extends IssuersFixture {
    private static final String A = "issuer: https://a.example\naudience: [millrace]\n";
    private static final String ONE = A + "prefix: ''\n";

    @ParameterizedTest
    @CsvSource({"RS256,pem", "RS256,jwk", "ES256,pem", "ES256,jwk", "EdDSA,pem", "EdDSA,jwk"})
    void anIssuerSignsWithTheKeyOfItsFile(String algorithm, String form) throws Exception {
        SigningParty party = SigningParty.of("k", algorithm);
        write("key", form.equals("pem") ? party.publicPem() : SigningParty.set(party));
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\n");
        TokenVerifier verifier = verifier();
        String token = party.token(claims(",\"jti\":\"t-1\""));
        Principal who = verified(verifier, token);
        assertEquals("u", who.user());
        assertEquals("t-1", who.tokenId());
        assertEquals(now, who.issuedAtSeconds());
        assertSame(who, verified(verifier, token), "verified once, remembered");
        assertRefused(verifier, SigningParty.of("k", algorithm).token(claims("")));
        assertRefused(verifier, party.sign("{\"alg\":\"" + algorithm + "\"}", claims("")));
    }

    @Test
    void aSharedSecretIsReadFromAVariableOrItsFile() throws Exception {
        environment.put("SHOP_SECRET", new String(SECRET, java.nio.charset.StandardCharsets.UTF_8));
        environment.put("NEXT_SECRET_FILE", folder.resolve("next").toString());
        write("next", "another secret of more than thirty-two bytes\n");
        write("a.yaml", ONE + "keys: [{ secret: SHOP_SECRET, kid: now }, { secret: NEXT_SECRET, kid: next }]\n");
        TokenVerifier verifier = verifier();
        byte[] next = SigningParty.bytes("another secret of more than thirty-two bytes");
        assertEquals("u", verified(verifier, hmac("now", SECRET)).user());
        assertEquals("u", verified(verifier, hmac("next", next)).user(), "two keys at once");
        assertRefused(verifier, hmac("now", next));
        assertRefused(verifier, hmac("next", SECRET));
    }

    private String hmac(String kid, byte[] secret) {
        return SigningParty.hmac("{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}", claims(""), secret);
    }

    /** The token's own issuer has keys, and says where; but nobody declared it. */
    @Test
    void noClaimMakesTheServerAskAnywhere() throws Exception {
        SigningParty evil = SigningParty.of("k", "ES256");
        String issuer = address("/evil");
        served.put(
                "/evil/.well-known/openid-configuration",
                new JsonObject()
                        .put("issuer", issuer)
                        .put("jwks_uri", address("/evil/keys"))
                        .encode());
        served.put("/evil/keys", SigningParty.set(evil));
        write("key", SigningParty.of("k", "ES256").publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\n");
        TokenVerifier verifier = verifier();
        for (String named : List.of(issuer, issuer + "/", address("/evil/keys"))) {
            assertRefused(verifier, evil.token(claims(named, ",\"jwks_uri\":\"" + address("/evil/keys") + "\"")));
        }
        assertEquals(0, fetches.get());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"iss\":7,",
                "\"iss\":\"\",",
                "\"iss\":null,",
                "\"iss\":\"https://b.example\",",
                "\"iss\":\"https://a.example/\",",
                "\"iss\":\"HTTPS://a.example\",",
                "\"iss\":[\"https://a.example\"],"
            })
    void aTokenOfAnotherIssuerIsRefused(String issuer) throws Exception {
        SigningParty party = SigningParty.of("k", "EdDSA");
        write("key", party.publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\n");
        assertRefused(
                verifier(),
                party.token("{" + issuer + "\"aud\":\"millrace\",\"sub\":\"u\",\"roles\":[],\"exp\":2999999999}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"millrace\"|true",
                "[\"x\",\"millrace\"]|true",
                "\"x\"|false",
                "[]|false",
                "null|false",
                "\"Millrace\"|false",
                "[[\"millrace\"]]|false",
                "{\"millrace\":1}|false",
                "\"x millrace\"|false"
            })
    void aTokenForSomebodyElseIsRefused(String audience, boolean taken) throws Exception {
        SigningParty party = SigningParty.of("k", "EdDSA");
        write("key", party.publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\n");
        TokenVerifier verifier = verifier();
        String token = party.token(claims("").replace("\"aud\":\"millrace\"", "\"aud\":" + audience));
        if (taken) {
            assertEquals("u", verified(verifier, token).user());
        } else {
            assertRefused(verifier, token);
        }
        assertRefused(verifier, party.token(claims("").replace("\"aud\":\"millrace\",", "")));
        assertRefused(
                verifier,
                SigningParty.hmac(
                        "{\"alg\":\"HS256\"}",
                        "{\"aud\":\"x\",\"sub\":\"u\",\"roles\":[],\"exp\":2999999999}",
                        SECRET));
    }

    @Test
    void theKeysOfOneIssuerVerifyNoTokenOfAnother() throws Exception {
        SigningParty a = SigningParty.of("k", "RS256");
        SigningParty b = SigningParty.of("k", "RS256");
        served.put("/a", SigningParty.set(a));
        served.put("/b", SigningParty.set(b));
        write("a.yaml", A + "prefix: 'a:'\nkeys: [{ jwks: '" + address("/a") + "' }]\n");
        write(
                "b.yaml",
                "issuer: https://b.example\naudience: [millrace]\nprefix: 'b:'\nkeys: [{ jwks: '" + address("/b")
                        + "' }]\n");
        TokenVerifier verifier = verifier();
        assertEquals("a:u", verified(verifier, a.token(claims(""))).user());
        assertEquals(
                "b:u",
                verified(verifier, b.token(claims("https://b.example", ""))).user());
        assertRefused(verifier, a.token(claims("https://b.example", "")));
        assertRefused(verifier, b.token(claims("")));
    }

    @Test
    void aKeyIsForOneAlgorithm() throws Exception {
        SigningParty party = SigningParty.of("k", "RS256");
        served.put("/keys", SigningParty.set(party));
        write("a.yaml", ONE + "keys: [{ jwks: '" + address("/keys") + "' }]\n");
        TokenVerifier verifier = verifier();
        for (String secret : List.of(party.publicPem(), party.jwk(), SigningParty.set(party))) {
            assertRefused(
                    verifier,
                    SigningParty.hmac("{\"alg\":\"HS256\",\"kid\":\"k\"}", claims(""), SigningParty.bytes(secret)));
        }
        assertRefused(verifier, party.sign("{\"alg\":\"RS512\",\"kid\":\"k\"}", claims("")));
        assertRefused(verifier, party.sign("{\"alg\":\"PS256\",\"kid\":\"k\"}", claims("")));
        assertRefused(verifier, SigningParty.hmac("{\"alg\":\"HS256\",\"kid\":\"k\"}", claims(""), SECRET));
    }

    @Test
    void noHeaderMakesTheServerAskAnywhere() throws Exception {
        SigningParty party = SigningParty.of("k", "ES256");
        write("key", party.publicPem());
        write("a.yaml", ONE + "keys: [{ file: key, kid: k }]\n");
        served.put("/keys", SigningParty.set(party));
        TokenVerifier verifier = verifier();
        for (String more : List.of(
                "\"jku\":\"" + address("/keys") + "\"",
                "\"x5u\":\"" + address("/keys") + "\"",
                "\"jwk\":" + party.jwk(),
                "\"x5c\":[\"AAAA\"]",
                "\"crit\":[\"x\"],\"x\":1",
                "\"crit\":[]",
                "\"kid\":\"k\"",
                "\"alg\":\"ES256\"")) {
            assertRefused(verifier, party.sign("{\"alg\":\"ES256\",\"kid\":\"k\"," + more + "}", claims("")));
        }
        for (String kid : List.of(address("/keys"), "../key", "' or 1=1 --", "x".repeat(1_024), "")) {
            assertRefused(verifier, party.sign("{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}", claims("")));
        }
        assertEquals(0, fetches.get());
        // What says nothing about keys may be there (RFC 7515 §4).
        assertEquals(
                "u",
                verified(
                                verifier,
                                party.sign(
                                        "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"at+jwt\",\"x5t\":\"AA\"}",
                                        claims("")))
                        .user());
    }

    @Test
    void aFileThatChangesIsReadAgain() throws Exception {
        SigningParty before = SigningParty.of("k", "ES256");
        SigningParty after = SigningParty.of("k2", "EdDSA");
        write("keys", SigningParty.set(before));
        write("a.yaml", ONE + "keys: [{ file: keys }]\n");
        TokenVerifier verifier = verifier();
        String old = before.token(claims(""));
        Principal who = verified(verifier, old);
        write("keys", SigningParty.set(before, after));
        eventually(() ->
                assertEquals("u", verified(verifier, after.token(claims(""))).user()));
        assertSame(who, verified(verifier, old), "two keys at once; the one that stays is the same");
        write("keys", "{ half a file");
        await().until(() -> verifier.problem() != null);
        assertSame(who, verified(verifier, old), "what can't be read changes nothing");
        write("keys", SigningParty.set(after));
        eventually(() -> assertRefused(verifier, old));
        assertEquals("u", verified(verifier, after.token(claims(""))).user());
        Files.delete(folder.resolve("keys"));
        // Kept for a while, then gone.
        eventually(() -> assertFails(Failure.UNAVAILABLE, verifier, after.token(claims(""))));
    }

    @Test
    void manyAtOnceAreBounded() throws Exception {
        served.put("/keys", "silence");
        write("a.yaml", ONE + "keys: [{ jwks: '" + address("/keys") + "' }]\n");
        TokenVerifier verifier = verifier(new AuthSettings(true, Duration.ofDays(3_653), 1 << 20, 5, QUICK));
        SigningParty party = SigningParty.of("k", "EdDSA");
        List<io.vertx.core.Future<Principal>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(verifier.verify(party.token(claims(",\"n\":" + i))));
        }
        long refused = all.stream()
                .filter(one -> one.failed()
                        && one.cause() instanceof io.millrace.contracts.failure.MillraceException known
                        && known.failure() == Failure.OVERLOADED)
                .count();
        assertEquals(15, refused);
        await().until(() -> all.stream().allMatch(io.vertx.core.Future::isComplete));
        served.put("/keys", SigningParty.set(party));
        eventually(() -> assertEquals(
                "u", verified(verifier, party.token(claims(",\"n\":1"))).user()));
    }

    @Test
    void tokensThatWaitForTheKeysOfOneIssuerKeepNobodyElseOut() throws Exception {
        SigningParty party = SigningParty.of("k", "EdDSA");
        served.put("/keys", "silence");
        write("key", party.publicPem());
        write("a.yaml", A + "prefix: 'a:'\nkeys: [{ jwks: '" + address("/keys") + "' }]\n");
        write(
                "b.yaml",
                "issuer: https://b.example\naudience: [millrace]\nprefix: 'b:'\nkeys: [{ file: key, kid: k }]\n");
        TokenVerifier verifier = verifier(new AuthSettings(true, Duration.ofDays(3_653), 1 << 20, 5, QUICK));
        for (int i = 0; i < 5; i++) {
            assertEquals(
                    false, verifier.verify(party.token(claims(",\"n\":" + i))).isComplete());
        }
        assertFails(Failure.OVERLOADED, verifier, party.token(claims("")));
        assertEquals(
                "b:u",
                verified(verifier, party.token(claims("https://b.example", ""))).user());
    }

    @Test
    void aFileThatComesBackAsItWasIsRememberedAgain() throws Exception {
        SigningParty party = SigningParty.of("k", "ES256");
        write("keys", SigningParty.set(party));
        write("a.yaml", ONE + "keys: [{ file: keys }]\n");
        TokenVerifier verifier = verifier();
        String token = party.token(claims(""));
        verified(verifier, token);
        Files.delete(folder.resolve("keys"));
        eventually(() -> assertFails(Failure.UNAVAILABLE, verifier, token));
        write("keys", SigningParty.set(party));
        eventually(() -> verified(verifier, token));
        assertSame(verified(verifier, token), verified(verifier, token));
    }

    @Test
    void theCacheIsBoundedByBytes() throws Exception {
        TokenVerifier verifier = verifier(new AuthSettings(true, Duration.ofDays(3_653), 64 << 10, 100, QUICK));
        String first = verifier.signer().issue("u", java.util.Set.of("customer"), Duration.ofHours(1));
        Principal who = verified(verifier, first);
        for (int i = 0; i < 200; i++) {
            verified(verifier, verifier.signer().issue("u" + i, java.util.Set.of("customer"), Duration.ofHours(1)));
        }
        eventually(() ->
                assertNotEquals(System.identityHashCode(who), System.identityHashCode(verified(verifier, first))));
        assertTrue(verified(verifier, first).authenticated());
    }
}
