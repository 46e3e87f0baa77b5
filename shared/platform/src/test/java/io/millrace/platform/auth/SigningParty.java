package io.millrace.platform.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A key pair and what is signed with it, by the JDK alone. */
public record SigningParty(String kid, String algorithm, KeyPair pair) {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** With a new key. */
    public static SigningParty of(String kid, String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "RSA";
                        case "ES256" -> "EC";
                        default -> "Ed25519";
                    });
            if (algorithm.equals("ES256")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else if (algorithm.equals("RS256")) {
                generator.initialize(2_048);
            }
            return new SigningParty(kid, algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    public String token(String claims) {
        return sign("{\"alg\":\"" + algorithm + "\",\"kid\":\"" + kid + "\"}", claims);
    }

    public String sign(String header, String claims) {
        return sign(header, claims, algorithm, pair.getPrivate());
    }

    static String sign(String header, String claims, String algorithm, PrivateKey key) {
        String content = encode(bytes(header)) + "." + encode(bytes(claims));
        try {
            Signature signature = Signature.getInstance(
                    switch (algorithm) {
                        case "RS256" -> "SHA256withRSA";
                        case "ES256" -> "SHA256withECDSAinP1363Format";
                        default -> "Ed25519";
                    });
            signature.initSign(key);
            signature.update(bytes(content));
            return content + "." + encode(signature.sign());
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static String hmac(String header, String claims, byte[] secret) {
        String content = encode(bytes(header)) + "." + encode(bytes(claims));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return content + "." + encode(mac.doFinal(bytes(content)));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The public key as JWK (RFC 7517). */
    public String jwk() {
        PublicKey key = pair.getPublic();
        String members;
        if (key instanceof RSAPublicKey rsa) {
            members = "\"kty\":\"RSA\",\"n\":\""
                    + encode(unsigned(rsa.getModulus().toByteArray(), 256)) + "\",\"e\":\""
                    + encode(unsigned(rsa.getPublicExponent().toByteArray(), 3)) + "\"";
        } else if (key instanceof ECPublicKey ec) {
            members = "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\""
                    + encode(unsigned(ec.getW().getAffineX().toByteArray(), 32)) + "\",\"y\":\""
                    + encode(unsigned(ec.getW().getAffineY().toByteArray(), 32)) + "\"";
        } else {
            byte[] encoded = key.getEncoded();
            members = "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\""
                    + encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)) + "\"";
        }
        return "{\"kid\":\"" + kid + "\",\"alg\":\"" + algorithm + "\",\"use\":\"sig\"," + members + "}";
    }

    /** A set of the public keys. */
    public static String set(SigningParty... parties) {
        return "{\"keys\":["
                + String.join(",", Arrays.stream(parties).map(SigningParty::jwk).toList())
                + "]}";
    }

    public String publicPem() {
        return pem("PUBLIC KEY", pair.getPublic().getEncoded());
    }

    public String privatePem() {
        return pem("PRIVATE KEY", pair.getPrivate().getEncoded());
    }

    private static String pem(String type, byte[] encoded) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                + "\n-----END " + type + "-----\n";
    }

    private static byte[] unsigned(byte[] number, int length) {
        byte[] fixed = new byte[length];
        int taken = Math.min(length, number.length);
        System.arraycopy(number, number.length - taken, fixed, length - taken, taken);
        return fixed;
    }

    static String encode(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
