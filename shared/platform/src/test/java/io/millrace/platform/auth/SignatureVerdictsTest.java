package io.millrace.platform.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.platform.auth.keys.Algorithm;
import io.millrace.platform.auth.keys.KeyReader;
import io.millrace.platform.auth.keys.VerificationKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Signed texts and the verdict on each: of our own, and with {@code -Dmillrace.jws=FILE} all of Wycheproof's file of
 * JsonWebSignature vectors.
 */
class SignatureVerdictsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
    void onlyTheSignatureOfTheWholeTextByThatKeyIsOne(String algorithm) {
        SigningParty party = SigningParty.of("k", algorithm);
        String key = party.jwk();
        String good = party.token("{\"sub\":\"u\"}");
        String[] parts = good.split("\\.", -1);
        assertTrue(valid(good, key));
        assertTrue(valid(party.token("foo"), key), "whatever is signed");
        String other = SigningParty.encode(SigningParty.bytes("{\"sub\":\"v\"}"));
        byte[] signature = Base64.getUrlDecoder().decode(parts[2]);
        List<String> bad = new ArrayList<>(List.of(
                parts[0] + "." + other + "." + parts[2],
                parts[0] + "." + parts[1] + ".",
                parts[0] + "." + parts[1],
                parts[0] + ".." + parts[2],
                "." + parts[1] + "." + parts[2],
                good + ".",
                good + "=",
                " " + good,
                good.replace(".", ". "),
                SigningParty.encode(SigningParty.bytes("{\"alg\":\"none\",\"kid\":\"k\"}")) + "." + parts[1] + ".",
                "{\"payload\":\"" + parts[1] + "\",\"protected\":\"" + parts[0] + "\",\"signature\":\"" + parts[2]
                        + "\"}",
                SigningParty.of("k", algorithm).token("{\"sub\":\"u\"}"),
                party.sign("{\"alg\":\"" + algorithm + "\",\"kid\":\"other\"}", "{\"sub\":\"u\"}"),
                party.sign("{\"alg\":\"HS256\",\"kid\":\"k\"}", "{\"sub\":\"u\"}"),
                party.sign("{\"alg\":\"PS256\",\"kid\":\"k\"}", "{\"sub\":\"u\"}")));
        for (int i = 0; i < signature.length; i += 7) {
            byte[] changed = signature.clone();
            changed[i] ^= 4;
            bad.add(parts[0] + "." + parts[1] + "." + SigningParty.encode(changed));
        }
        for (int length : new int[] {0, 1, signature.length - 1, signature.length + 1, 512}) {
            bad.add(parts[0] + "." + parts[1] + "." + SigningParty.encode(java.util.Arrays.copyOf(signature, length)));
        }
        bad.add(parts[0] + "." + parts[1] + "." + SigningParty.encode(new byte[signature.length]));
        bad.forEach(one -> assertEquals(false, valid(one, key), one));
    }

    @Test
    void thePublicKeyIsNoSecret() {
        SigningParty party = SigningParty.of("k", "RS256");
        for (String secret : List.of(party.publicPem(), party.publicPem().strip(), party.jwk())) {
            String forged = SigningParty.hmac(
                    "{\"alg\":\"HS256\",\"kid\":\"k\"}", "{\"sub\":\"u\"}", SigningParty.bytes(secret));
            assertEquals(false, valid(forged, party.jwk()));
        }
    }

    @Test
    void theSameTextIsWrittenInOneWayOnly() {
        byte[] secret = new byte[32];
        String key = "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"" + SigningParty.encode(secret) + "\"}";
        String good = SigningParty.hmac("{\"alg\":\"HS256\",\"kid\":\"k\"}", "{}", secret);
        assertTrue(valid(good, key));
        // 32 bytes leave two bits of the last character unused.
        char last = good.charAt(good.length() - 1);
        for (char c = 'A'; c <= 'z'; c++) {
            if (c != last) {
                assertEquals(false, valid(good.substring(0, good.length() - 1) + c, key), "" + c);
            }
        }
    }

    @Test
    void everyVectorGetsItsVerdict() throws IOException {
        String file = System.getProperty("millrace.jws");
        if (file == null) {
            return;
        }
        int verdicts = 0;
        List<String> wrong = new ArrayList<>();
        for (JsonNode group : JSON.readTree(Files.readString(Path.of(file))).path("testGroups")) {
            JsonNode key = group.path(group.has("public") ? "public" : "private");
            // What is signed by an algorithm that isn't taken here is never valid here.
            boolean taken = !key.has("alg") || Algorithm.of(key.path("alg").asText()) != null;
            for (JsonNode test : group.path("tests")) {
                boolean expected = taken && test.path("result").asText().equals("valid");
                String jws = test.path("jws").isTextual()
                        ? test.path("jws").textValue()
                        : test.path("jws").toString();
                if (valid(jws, key.toString()) != expected) {
                    wrong.add(group.path("comment").asText() + " " + test.path("tcId") + " "
                            + test.path("comment").asText() + ": not " + expected);
                }
                verdicts++;
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(verdicts > 300, verdicts + " verdicts");
    }

    /** As the verifier does it, without looking at claims. */
    private static boolean valid(String jws, String jwk) {
        List<VerificationKey> keys;
        UnverifiedToken token;
        try {
            keys = KeyReader.read(jwk, null);
            token = UnverifiedToken.read(jws);
        } catch (IllegalArgumentException | InvalidTokenException refused) {
            return false;
        }
        return keys.stream()
                .filter(key -> Objects.equals(key.kid(), token.kid()) && key.algorithm() == token.algorithm())
                .anyMatch(key -> key.verifies(token.content(), token.signature()));
    }
}
