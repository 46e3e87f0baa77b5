package io.millrace.platform.auth.keys;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/** A key that verifies the signatures of one algorithm, and of no other. Safe from any thread. */
public final class VerificationKey {
    /** Bytes of a signature of ES256 and of EdDSA. */
    private static final int CURVE_SIGNATURE = 64;

    private final @Nullable String kid;
    private final Algorithm algorithm;
    private final Key key;
    private volatile boolean removed;

    /**
     * @param kid the key's name; null for a key that verifies tokens without one
     * @param key a public key, or a secret for HS256
     */
    VerificationKey(@Nullable String kid, Algorithm algorithm, Key key) {
        this.kid = kid;
        this.algorithm = algorithm;
        this.key = key;
    }

    public @Nullable String kid() {
        return kid;
    }

    public Algorithm algorithm() {
        return algorithm;
    }

    /** Whether its issuer has taken it back; what it verified before no longer counts then. */
    public boolean removed() {
        return removed;
    }

    void remove() {
        removed = true;
    }

    /** Whether both verify the same signatures under the same name. */
    boolean same(VerificationKey other) {
        return algorithm == other.algorithm && key.equals(other.key);
    }

    /** Takes some 2 µs for HS256, and some 50 to 300 µs for the others. */
    public boolean verifies(byte[] content, byte[] signature) {
        try {
            if (algorithm == Algorithm.HS256) {
                Mac mac = Mac.getInstance(algorithm.jca());
                mac.init(key);
                return MessageDigest.isEqual(mac.doFinal(content), signature);
            }
            if (algorithm != Algorithm.RS256 && signature.length != CURVE_SIGNATURE) {
                return false;
            }
            Signature verifier = Signature.getInstance(algorithm.jca());
            verifier.initVerify((PublicKey) key);
            verifier.update(content);
            return verifier.verify(signature);
        } catch (SignatureException malformed) {
            return false;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("the JDK has " + algorithm.jca(), impossible);
        }
    }
}
