package io.millrace.platform.auth;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Signs tokens with one key. Safe from any thread. */
public final class TokenSigner {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
    /** The JDK's names of types of keys, and the algorithm of each. */
    private static final Map<String, String> ALGORITHMS = Map.of("RSA", "RS256", "EC", "ES256", "Ed25519", "EdDSA");
    /** The same for JWKs. */
    private static final Map<String, String> OF_JWK =
            Map.of("RSA", "RS256", "EC", "ES256", "OKP", "EdDSA", "oct", "HS256");

    private final JWTAuth jwt;
    private final String algorithm;

    private TokenSigner(Vertx vertx, String algorithm, JWTAuthOptions key) {
        this.jwt = JWTAuth.create(vertx, key);
        this.algorithm = algorithm;
    }

    /** HS256. */
    static TokenSigner ofSecret(Vertx vertx, byte[] secret) {
        PubSecKeyOptions key = new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(Buffer.buffer(secret));
        return new TokenSigner(vertx, "HS256", new JWTAuthOptions().addPubSecKey(key));
    }

    /**
     * With a private key, by the algorithm of its type: RS256, ES256 or EdDSA.
     *
     * @param key PEM (PKCS #8: {@code PRIVATE KEY}) or a JWK
     * @param kid what the tokens' header names; null for what the JWK says, or nothing
     * @throws IllegalArgumentException if it is no such key, with a sentence that says why
     */
    public static TokenSigner of(Vertx vertx, String key, @Nullable String kid) {
        return key.stripLeading().startsWith("{") ? ofJwk(vertx, key, kid) : ofPem(vertx, key, kid);
    }

    private static TokenSigner ofJwk(Vertx vertx, String text, @Nullable String kid) {
        try {
            JsonObject jwk = new JsonObject(text);
            String algorithm = OF_JWK.get(jwk.getString("kty", ""));
            if (algorithm == null || !jwk.containsKey(algorithm.equals("HS256") ? "k" : "d")) {
                throw new IllegalArgumentException("is not a JWK with a private part");
            }
            jwk.put("alg", algorithm);
            if (kid != null) {
                jwk.put("kid", kid);
            }
            return new TokenSigner(vertx, algorithm, new JWTAuthOptions().addJwk(jwk));
        } catch (DecodeException | ClassCastException unreadable) {
            throw new IllegalArgumentException("is not a JWK", unreadable);
        }
    }

    private static TokenSigner ofPem(Vertx vertx, String pem, @Nullable String kid) {
        int begin = pem.indexOf(BEGIN);
        int end = pem.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(
                    "holds no PRIVATE KEY; openssl pkcs8 -topk8 -nocrypt makes one of other forms");
        }
        String algorithm = algorithm(Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end)));
        PubSecKeyOptions key = new PubSecKeyOptions()
                .setAlgorithm(algorithm)
                .setId(kid)
                .setBuffer(pem.substring(begin, end + END.length()));
        return new TokenSigner(vertx, algorithm, new JWTAuthOptions().addPubSecKey(key));
    }

    private static String algorithm(byte[] encoded) {
        for (Map.Entry<String, String> type : ALGORITHMS.entrySet()) {
            try {
                KeyFactory.getInstance(type.getKey()).generatePrivate(new PKCS8EncodedKeySpec(encoded));
                return type.getValue();
            } catch (InvalidKeySpecException another) {
                // The next type may read it.
            } catch (GeneralSecurityException impossible) {
                throw new IllegalStateException("every JDK has " + type.getKey(), impossible);
            }
        }
        throw new IllegalArgumentException("holds a private key that is neither RSA nor EC nor Ed25519");
    }

    /** A token with these claims, an id, the time of its issue, and an end. */
    public String sign(JsonObject claims, Duration validFor) {
        return jwt.generateToken(
                claims.copy().put("jti", UUID.randomUUID().toString()),
                new JWTOptions().setAlgorithm(algorithm).setExpiresInSeconds((int) validFor.toSeconds()));
    }

    /** A token with the claims that {@link ClaimMapping#OWN} reads. */
    public String issue(String user, Set<String> roles, Duration validFor) {
        return issue(user, roles, Map.of(), validFor);
    }

    /**
     * A token with the claims that {@link ClaimMapping#OWN} reads.
     *
     * @param lists claims besides, each a list: the keys of the streams that it opens
     */
    public String issue(String user, Set<String> roles, Map<String, List<String>> lists, Duration validFor) {
        return sign(ClaimMapping.OWN.claims(user, roles, lists), validFor);
    }
}
