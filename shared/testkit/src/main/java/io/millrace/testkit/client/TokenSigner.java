package io.millrace.testkit.client;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs tokens as an identity provider would: RFC 7519 with HS256, by hand, so that the server's own code isn't trusted. */
public final class TokenSigner {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final String HEADER = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    private static final int VALID_SECONDS = 3_600;

    private final byte[] secret;

    /** With the key of {@code MILLRACE_AUTH_SECRET}. */
    public TokenSigner(String secret) {
        this.secret = secret.getBytes(StandardCharsets.UTF_8);
    }

    /** Valid for an hour. */
    public String token(String user, String... roles) {
        return token(user, new JsonObject(), roles);
    }

    /**
     * Valid for an hour, unless {@code more} says otherwise.
     *
     * @param more claims besides
     */
    public String token(String user, JsonObject more, String... roles) {
        JsonObject claims = new JsonObject()
                .put("exp", Instant.now().getEpochSecond() + VALID_SECONDS)
                .mergeIn(more)
                .put("sub", user)
                .put("roles", new JsonArray(List.of(roles)));
        String signed = HEADER + "." + encoded(claims.encode());
        return signed + "." + BASE64.encodeToString(hmac(signed));
    }

    private byte[] hmac(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has HmacSHA256", impossible);
        }
    }

    private static String encoded(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
