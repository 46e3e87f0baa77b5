package io.millrace.platform.auth.keys;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys as PEM (a public key or a certificate), as a JWK, and as a set of JWKs (RFC 7517). Each key gets the one
 * algorithm that its type has here. Whatever can't be used is an {@link IllegalArgumentException} with a sentence that says
 * why; a set needs one key that can be used, and leaves out the others.
 */
public final class KeyReader {
    /** RFC 7518 §3.2. */
    public static final int SECRET_BYTES = 32;

    /** RFC 7518 §3.3; above the upper bound a verification takes milliseconds. */
    private static final int LEAST_RSA_BITS = 2_048;

    private static final int MOST_RSA_BITS = 8_192;
    private static final int MAX_KID = 256;
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    /** What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410 §4). */
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

    private KeyReader() {}

    /**
     * The keys of a file.
     *
     * @param kid the name of a PEM's key, or of a JWK that has none; null for none
     */
    public static List<VerificationKey> read(String text, @Nullable String kid) {
        if (text.contains("-----BEGIN ")) {
            return List.of(of(kid, pem(text)));
        }
        try {
            JWKSet set =
                    parsed(json -> json.contains("\"keys\"") ? JWKSet.parse(json) : new JWKSet(JWK.parse(json)), text);
            if (kid != null && set.getKeys().size() > 1) {
                throw new IllegalArgumentException("holds several keys, which have names of their own; leave out kid");
            }
            return read(set, kid);
        } catch (ParseException unreadable) {
            throw new IllegalArgumentException("is neither PEM nor JWK: " + unreadable.getMessage(), unreadable);
        }
    }

    interface Parsing<T> {
        T of(String text) throws ParseException;
    }

    /** Nimbus fails with a NullPointerException, or gives null, where JSON has a null that it doesn't expect. */
    static <T> T parsed(Parsing<T> parsing, String text) throws ParseException {
        try {
            return Objects.requireNonNull(parsing.of(text));
        } catch (RuntimeException notExpected) {
            ParseException unreadable = new ParseException("not the JSON object that belongs there", 0);
            unreadable.initCause(notExpected);
            throw unreadable;
        }
    }

    /** A secret for HS256. */
    public static VerificationKey secret(byte[] secret, @Nullable String kid) {
        return of(kid, new SecretKeySpec(secret, "HmacSHA256"));
    }

    /** The keys of a set that can be used here. */
    static List<VerificationKey> read(JWKSet set, @Nullable String kid) {
        List<VerificationKey> keys = new ArrayList<>();
        String first = "holds no key";
        for (JWK jwk : set.getKeys()) {
            try {
                String named = jwk.getKeyID() == null ? kid : jwk.getKeyID();
                if (kid != null && !kid.equals(named)) {
                    throw new IllegalArgumentException("holds the key " + shown(named) + ", not " + shown(kid));
                }
                keys.add(of(named, jwk));
            } catch (IllegalArgumentException unusable) {
                first = keys.isEmpty() ? String.valueOf(unusable.getMessage()) : first;
            }
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException(first);
        }
        return List.copyOf(keys);
    }

    private static VerificationKey of(@Nullable String kid, JWK jwk) {
        if (jwk.getKeyUse() != null && !KeyUse.SIGNATURE.equals(jwk.getKeyUse())) {
            throw new IllegalArgumentException("holds a key that is not for signatures: use " + jwk.getKeyUse());
        }
        if (jwk.getKeyOperations() != null && !jwk.getKeyOperations().contains(KeyOperation.VERIFY)) {
            throw new IllegalArgumentException("holds a key that is not for verifying: key_ops");
        }
        if (jwk.isPrivate() && !(jwk instanceof OctetSequenceKey)) {
            throw new IllegalArgumentException("holds a private key, which verifies nothing; put the public one here");
        }
        VerificationKey key = of(kid, key(jwk));
        if (jwk.getAlgorithm() != null
                && !key.algorithm().header().equals(jwk.getAlgorithm().getName())) {
            throw new IllegalArgumentException("holds a key for " + jwk.getAlgorithm() + "; HS256, RS256, ES256 and"
                    + " EdDSA (Ed25519) are verified");
        }
        return key;
    }

    private static Key key(JWK jwk) {
        try {
            if (jwk instanceof RSAKey rsa) {
                return rsa.toRSAPublicKey();
            }
            if (jwk instanceof ECKey ec) {
                return ec.toECPublicKey();
            }
            if (jwk instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())) {
                byte[] x = pair.getDecodedX();
                byte[] encoded = java.util.Arrays.copyOf(ED25519, ED25519.length + x.length);
                System.arraycopy(x, 0, encoded, ED25519.length, x.length);
                return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
            }
            if (jwk instanceof OctetSequenceKey secret) {
                return new SecretKeySpec(secret.toByteArray(), "HmacSHA256");
            }
        } catch (JOSEException | GeneralSecurityException unreadable) {
            throw new IllegalArgumentException("holds a key that can't be read", unreadable);
        }
        throw new IllegalArgumentException("holds a key of the type " + jwk.getKeyType() + ", which isn't verified");
    }

    private static PublicKey pem(String text) {
        Matcher found = PEM.matcher(text);
        if (!found.find()) {
            throw new IllegalArgumentException("holds no whole PEM block");
        }
        String type = found.group(1);
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(found.group(2));
            if (type.equals("CERTIFICATE")) {
                return CertificateFactory.getInstance("X.509")
                        .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)))
                        .getPublicKey();
            }
            if (type.equals("PUBLIC KEY")) {
                return publicKey(encoded);
            }
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            throw new IllegalArgumentException("holds a " + type + " that can't be read", unreadable);
        }
        throw new IllegalArgumentException("holds a " + type + "; a PUBLIC KEY or a CERTIFICATE belongs there");
    }

    private static PublicKey publicKey(byte[] encoded) throws GeneralSecurityException {
        for (String type : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(type).generatePublic(new X509EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException another) {
                // The next type may read it.
            }
        }
        throw new InvalidKeySpecException("neither RSA nor EC nor Ed25519");
    }

    /** With the algorithm of its type, if it is strong enough for that. */
    private static VerificationKey of(@Nullable String kid, Key key) {
        if (kid != null && (kid.isEmpty() || kid.length() > MAX_KID)) {
            throw new IllegalArgumentException("names a key by a kid that has not 1 to " + MAX_KID + " characters");
        }
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            require(
                    bits >= LEAST_RSA_BITS && bits <= MOST_RSA_BITS,
                    "holds an RSA key of " + bits + " bits, not of " + LEAST_RSA_BITS + " to " + MOST_RSA_BITS);
            return new VerificationKey(kid, Algorithm.RS256, key);
        }
        if (key instanceof ECPublicKey ec) {
            require(
                    Curve.P_256.equals(Curve.forECParameterSpec(ec.getParams())),
                    "holds an EC key of another curve than P-256");
            return new VerificationKey(kid, Algorithm.ES256, key);
        }
        if (key instanceof EdECPublicKey ed) {
            require(ed.getParams().getName().equals("Ed25519"), "holds an EdDSA key of another curve than Ed25519");
            return new VerificationKey(kid, Algorithm.EDDSA, key);
        }
        require(key instanceof SecretKey, "holds a key of a type that isn't verified");
        int bytes = key.getEncoded().length;
        require(bytes >= SECRET_BYTES, "holds a secret of " + bytes + " bytes; it needs at least " + SECRET_BYTES);
        return new VerificationKey(kid, Algorithm.HS256, key);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    private static String shown(@Nullable String kid) {
        return kid == null ? "without a kid" : "\"" + kid + "\"";
    }
}
