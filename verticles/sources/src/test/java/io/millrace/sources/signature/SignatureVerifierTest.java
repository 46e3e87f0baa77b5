package io.millrace.sources.signature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.standardwebhooks.Webhook;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The schemes, against what their authors publish: their libraries, or their example. */
class SignatureVerifierTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_764_400_000);
    private static final byte[] BODY = "{\"type\":\"invoice.paid\", \"a\":1}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] SECRET = "a secret of thirty-two bytes, or so".getBytes(StandardCharsets.UTF_8);
    private static final byte[] OLD = "the secret before that one".getBytes(StandardCharsets.UTF_8);

    @Test
    void gitHubsOwnExampleVerifies() {
        SignatureVerifier github = github("It's a Secret to Everybody".getBytes(StandardCharsets.UTF_8));
        MultiMap headers = headers(
                "X-Hub-Signature-256",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
                "X-GitHub-Delivery",
                "d-1",
                "X-GitHub-Event",
                "push");
        assertEquals(
                new SignatureVerifier.Delivery("d-1", "push"),
                github.verify(headers, "Hello, World!".getBytes(StandardCharsets.UTF_8), NOW));
    }

    @Test
    void whatTheLibraryOfStandardWebhooksSignsVerifies() throws Exception {
        Webhook library = new Webhook(Base64.getEncoder().encodeToString(SECRET));
        String time = Long.toString(NOW.getEpochSecond());
        String signature = library.sign("msg_1", NOW.getEpochSecond(), new String(BODY, StandardCharsets.UTF_8));
        SignatureVerifier ours = new StandardWebhooksVerifier(List.of(OLD, SECRET));
        MultiMap headers = headers("webhook-id", "msg_1", "webhook-timestamp", time, "webhook-signature", signature);
        assertEquals(new SignatureVerifier.Delivery("msg_1", null), ours.verify(headers, BODY, NOW));

        headers = headers.set("webhook-signature", "v1,AAAA v1a,BBBB " + signature + " v2,CCCC");
        assertEquals("msg_1", ours.verify(headers, BODY, NOW).id(), "one of several, of several versions");
        headers = headers.set("webhook-id", "msg_2");
        refused(ours, headers, BODY, NOW);
        assertEquals(
                Base64.getEncoder().encodeToString(SECRET),
                Base64.getEncoder()
                        .encodeToString(StandardWebhooksVerifier.secret(
                                "whsec_" + Base64.getEncoder().encodeToString(SECRET))));
    }

    @Test
    void whatStripesLibrarySignsVerifiesAndTheLibraryTakesWhatWeTake() throws Exception {
        String body = new String(BODY, StandardCharsets.UTF_8);
        long now = Instant.now().getEpochSecond();
        String code = com.stripe.net.Webhook.Util.computeHmacSha256(
                new String(SECRET, StandardCharsets.UTF_8), now + "." + body);
        String header = "t=" + now + ",v1=" + "0".repeat(64) + ",v1=" + code + ",v0=" + code;
        assertTrue(com.stripe.net.Webhook.Signature.verifyHeader(
                body, header, new String(SECRET, StandardCharsets.UTF_8), 300));
        SignatureVerifier ours = new StripeVerifier(List.of(SECRET));
        ours.verify(headers("Stripe-Signature", header), BODY, Instant.ofEpochSecond(now));
        for (String wrong : List.of(
                "t=" + now + ",v0=" + code,
                "t=" + (now - 1) + ",v1=" + code,
                "v1=" + code,
                "t=" + now,
                "t=x,v1=" + code,
                "t=" + now + ",v1=" + code.substring(1),
                "garbage")) {
            refused(ours, headers("Stripe-Signature", wrong), BODY, Instant.ofEpochSecond(now));
        }
    }

    @Test
    void anInteractionOfDiscordIsVerifiedByTheApplicationsPublicKey() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = pair.getPublic().getEncoded();
        String hex = HexFormat.of().formatHex(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
        SignatureVerifier ours = new DiscordVerifier(List.of(DiscordVerifier.publicKey(hex)));
        String time = Long.toString(NOW.getEpochSecond());
        java.security.Signature signer = java.security.Signature.getInstance("Ed25519");
        signer.initSign(pair.getPrivate());
        signer.update(time.getBytes(StandardCharsets.UTF_8));
        signer.update(BODY);
        String signature = HexFormat.of().formatHex(signer.sign());
        MultiMap headers = headers("X-Signature-Ed25519", signature, "X-Signature-Timestamp", time);
        ours.verify(headers, BODY, NOW);
        refused(ours, headers, "{}".getBytes(StandardCharsets.UTF_8), NOW);
        refused(ours, headers("X-Signature-Ed25519", "zz", "X-Signature-Timestamp", time), BODY, NOW);
        assertThrows(IllegalArgumentException.class, () -> DiscordVerifier.publicKey("abcd"));
    }

    @Test
    void aSignatureIsOfExactlyThisBodyThisTimeAndThisSecret() {
        HmacVerifier.Headers names = new HmacVerifier.Headers("X-Sig", "v0=", "X-Time", "X-Id", null);
        for (Hmac.Encoding encoding : Hmac.Encoding.values()) {
            for (String algorithm : List.of("HmacSHA256", "HmacSHA512", "HmacSHA1")) {
                SignatureVerifier ours = new HmacVerifier(names, new Hmac(algorithm, encoding, List.of(SECRET, OLD)));
                for (byte[] secret : List.of(SECRET, OLD)) {
                    MultiMap good = signed(encoding, algorithm, secret, NOW.getEpochSecond());
                    assertEquals("7", ours.verify(good, BODY, NOW).id());
                    byte[] other = BODY.clone();
                    other[other.length - 2]++;
                    refused(ours, good, other, NOW);
                    refused(ours, good, "{\"type\":\"invoice.paid\",\"a\":1}".getBytes(StandardCharsets.UTF_8), NOW);
                    refused(ours, good, new byte[0], NOW);
                }
                refused(
                        ours,
                        signed(
                                encoding,
                                algorithm,
                                "another source's".getBytes(StandardCharsets.UTF_8),
                                NOW.getEpochSecond()),
                        BODY,
                        NOW);
            }
        }
    }

    @Test
    void aTimeMayLieFiveMinutesFromNowAndNoSecondMore() {
        HmacVerifier.Headers names = new HmacVerifier.Headers("X-Sig", "v0=", "X-Time", null, null);
        SignatureVerifier ours = new HmacVerifier(names, new Hmac("HmacSHA256", Hmac.Encoding.HEX, List.of(SECRET)));
        for (long off : new long[] {-300, -299, 0, 299, 300}) {
            ours.verify(signed(Hmac.Encoding.HEX, "HmacSHA256", SECRET, NOW.getEpochSecond() + off), BODY, NOW);
        }
        for (long off : new long[] {-301, 301, -1_000_000, Long.MAX_VALUE - NOW.getEpochSecond(), Long.MIN_VALUE / 2}) {
            refused(ours, signed(Hmac.Encoding.HEX, "HmacSHA256", SECRET, NOW.getEpochSecond() + off), BODY, NOW);
        }
    }

    @Test
    void aHeaderThatIsMissingEmptyOrThereTwiceIsRefused() {
        MultiMap good = signed(Hmac.Encoding.HEX, "HmacSHA256", SECRET, NOW.getEpochSecond());
        HmacVerifier.Headers names = new HmacVerifier.Headers("X-Sig", "v0=", "X-Time", "X-Id", null);
        SignatureVerifier ours = new HmacVerifier(names, new Hmac("HmacSHA256", Hmac.Encoding.HEX, List.of(SECRET)));
        for (String name : List.of("X-Sig", "X-Time", "X-Id")) {
            MultiMap without = MultiMap.caseInsensitiveMultiMap().addAll(good).remove(name);
            refused(ours, without, BODY, NOW);
            refused(ours, MultiMap.caseInsensitiveMultiMap().addAll(good).set(name, " "), BODY, NOW);
            refused(ours, MultiMap.caseInsensitiveMultiMap().addAll(good).add(name, good.get(name)), BODY, NOW);
        }
        String code = String.valueOf(good.get("X-Sig"));
        for (String wrong : List.of("v0=", "v0=zz", "v1=" + code.substring(3), code + "00")) {
            refused(ours, MultiMap.caseInsensitiveMultiMap().addAll(good).set("X-Sig", wrong), BODY, NOW);
        }
    }

    private static MultiMap signed(Hmac.Encoding encoding, String algorithm, byte[] secret, long seconds) {
        try {
            javax.crypto.Mac mac = javax.crypto.Mac.getInstance(algorithm);
            mac.init(new javax.crypto.spec.SecretKeySpec(secret, algorithm));
            mac.update((seconds + ".").getBytes(StandardCharsets.UTF_8));
            byte[] code = mac.doFinal(BODY);
            String text = encoding == Hmac.Encoding.HEX
                    ? HexFormat.of().formatHex(code)
                    : Base64.getEncoder().encodeToString(code);
            return headers("X-Sig", "v0=" + text, "X-Time", Long.toString(seconds), "X-Id", "7");
        } catch (java.security.GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static SignatureVerifier github(byte[] secret) {
        return new HmacVerifier(
                HmacVerifier.Headers.GITHUB, new Hmac("HmacSHA256", Hmac.Encoding.HEX, List.of(secret)));
    }

    private static void refused(SignatureVerifier ours, MultiMap headers, byte[] body, Instant now) {
        MillraceException refused = assertThrows(MillraceException.class, () -> ours.verify(headers, body, now));
        assertEquals(Failure.UNAUTHENTICATED, refused.failure());
        List<String> values = new ArrayList<>();
        headers.forEach(header -> values.add(header.getValue()));
        assertTrue(
                values.stream()
                        .noneMatch(value -> value.length() > 20
                                && String.valueOf(refused.getMessage()).contains(value)),
                "a signature is not repeated to whoever sent it");
    }

    private static MultiMap headers(String... namesAndValues) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers = headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }
}
