package io.millrace.sources.signature;

import io.vertx.core.MultiMap;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * Ed25519 (RFC 8032) over the time and the body.
 *
 * @see <a href="https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers">Discord's
 *     page</a>
 */
final class DiscordVerifier implements SignatureVerifier {
    private static final int KEY_BYTES = 32;

    private final List<PublicKey> keys;

    /** @param keys the application's public key, and others while it is replaced */
    DiscordVerifier(List<byte[]> keys) {
        this.keys = keys.stream().map(DiscordVerifier::key).toList();
    }

    /**
     * The bytes of a public key in its written form.
     *
     * @throws IllegalArgumentException it isn't 64 hexadecimal digits
     */
    static byte[] publicKey(String text) {
        byte[] key = HexFormat.of().parseHex(text);
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException("not 64 hexadecimal digits");
        }
        return key;
    }

    /** RFC 8032, 5.1.3: little-endian, and the highest bit is the sign of x. */
    private static PublicKey key(byte[] little) {
        byte[] big = new byte[little.length];
        for (int i = 0; i < big.length; i++) {
            big[i] = little[little.length - 1 - i];
        }
        boolean odd = big[0] < 0;
        big[0] &= 0x7f;
        try {
            return KeyFactory.getInstance("Ed25519")
                    .generatePublic(new EdECPublicKeySpec(
                            NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, big))));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public Delivery verify(MultiMap headers, byte[] body, Instant now) {
        String signature = SignatureVerifier.header(headers, "X-Signature-Ed25519");
        String time = SignatureVerifier.header(headers, "X-Signature-Timestamp");
        SignatureVerifier.requireRecent(time, now);
        List<byte[]> parts = List.of(time.getBytes(StandardCharsets.UTF_8), body);
        if (keys.stream().noneMatch(key -> verifies(key, signature, parts))) {
            throw SignatureVerifier.wrong();
        }
        return new Delivery(null, null);
    }

    private static boolean verifies(PublicKey key, String signature, List<byte[]> parts) {
        try {
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            for (byte[] part : parts) {
                verifier.update(part);
            }
            return verifier.verify(HexFormat.of().parseHex(signature));
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            return false;
        }
    }
}
