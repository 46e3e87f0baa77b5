package io.millrace.platform;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies JSON Web Tokens (RFC 7519, HS256). Stricter than the library under it: the header may name only the
 * one algorithm and no key of its own, {@code exp} is required, and every claim that decides something must be of its
 * type. Safe from any thread.
 */
public final class Tokens {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final int LEEWAY_SECONDS = 60;
    /** The end of the year 9999, the last that RFC 3339 can say. */
    private static final long MAX_SECONDS = 253_402_300_799L;

    private static final ObjectMapper STRICT = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build());
    /** What a header may say; everything else ({@code jwk}, {@code jku}, {@code x5u}, {@code kid}, {@code crit}) is refused. */
    private static final Set<String> HEADER_KEYS = Set.of("alg", "typ");

    /** Looked at if they are there. */
    private static final Set<String> TIMES = Set.of("nbf", "iat");

    private final JWTAuth jwt;
    private final byte[] secret;
    private final Clock clock;
    private final Cache<String, Principal> verified = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofSeconds(60))
            .build();

    /**
     * @param secret at least 32 bytes (RFC 7518 §3.2)
     */
    public Tokens(Vertx vertx, byte[] secret, Clock clock) {
        if (secret.length < 32) {
            throw new IllegalArgumentException("a signing key needs at least 32 bytes, not " + secret.length);
        }
        this.clock = clock;
        this.secret = secret.clone();
        this.jwt = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .addPubSecKey(
                                new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(Buffer.buffer(secret)))
                        .setJWTOptions(new JWTOptions().setLeeway(LEEWAY_SECONDS)));
    }

    /**
     * A key of its own for another purpose: HMAC-SHA256 of the purpose under the signing key (the extract step of RFC
     * 5869). 32 bytes, the same on every node with the same signing key.
     */
    public byte[] keyFor(String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has HmacSHA256", impossible);
        }
    }

    /** A signed token. */
    public String issue(String user, Set<String> roles, Duration validFor) {
        return issue(user, roles, Map.of(), validFor);
    }

    /**
     * A signed token.
     *
     * @param lists claims besides, each a list: the keys of the streams that it opens
     */
    public String issue(String user, Set<String> roles, Map<String, List<String>> lists, Duration validFor) {
        JsonObject claims = new JsonObject();
        lists.forEach((claim, values) -> claims.put(claim, new JsonArray(values)));
        claims.put("sub", user).put("roles", new JsonArray(roles.stream().toList()));
        return jwt.generateToken(
                claims, new JWTOptions().setAlgorithm("HS256").setExpiresInSeconds((int) validFor.toSeconds()));
    }

    /** Who the bearer of an {@code Authorization} header is: {@link Principal#PUBLIC} without one. */
    public Future<Principal> ofHeader(@Nullable String authorization) {
        if (authorization == null) {
            return Future.succeededFuture(Principal.PUBLIC);
        }
        if (!authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return refused("the Authorization header must read: Bearer <token>");
        }
        return verify(authorization.substring(7).trim());
    }

    /** Fails as {@link Failure#UNAUTHENTICATED}, with what is wrong. */
    public Future<Principal> verify(String token) {
        Principal known = verified.getIfPresent(token);
        if (known != null && known.expiresAtSeconds() > clock.instant().getEpochSecond()) {
            return Future.succeededFuture(known);
        }
        Principal claimed;
        try {
            claimed = principal(read(token));
        } catch (MillraceException wrong) {
            return Future.failedFuture(wrong);
        }
        // Inside a step, since the library throws at claims that it doesn't expect.
        return Future.succeededFuture(new TokenCredentials(token))
                .compose(jwt::authenticate)
                .recover(error -> Future.failedFuture(
                        wrong("the token is expired, not yet valid, or not signed by this Millrace")))
                .map(user -> claimed)
                .onSuccess(principal -> verified.put(token, principal));
    }

    /** The claims of a token whose form is right; whether its signature is, is not known yet. */
    private static JsonObject read(String token) {
        if (token.length() > MAX_LENGTH) {
            throw wrong("the token is longer than " + MAX_LENGTH + " characters");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw wrong("a token has three parts, joined by dots");
        }
        try {
            JsonNode header = STRICT.readTree(Base64.getUrlDecoder().decode(parts[0]));
            byte[] payload = Base64.getUrlDecoder().decode(parts[1]);
            if (!STRICT.readTree(payload).isObject()) {
                throw wrong("the token's claims are no object");
            }
            if (!"HS256".equals(header.path("alg").asText())) {
                throw wrong("the token must be signed with HS256");
            }
            for (var names = header.fieldNames(); names.hasNext(); ) {
                if (!HEADER_KEYS.contains(names.next())) {
                    throw wrong("the token's header may hold only alg and typ");
                }
            }
            return new JsonObject(Buffer.buffer(payload));
        } catch (IllegalArgumentException | IOException notAToken) {
            throw wrong("the token can't be read");
        }
    }

    private static Principal principal(JsonObject claims) {
        if (!(claims.getValue("sub") instanceof String user) || user.isEmpty() || user.length() > 128) {
            throw wrong("the token has no sub of 1 to 128 characters");
        }
        if (!(claims.getValue("exp") instanceof Number exp)
                || exp.doubleValue() != exp.longValue()
                || exp.longValue() > MAX_SECONDS) {
            throw wrong("the token's exp must be a whole number of seconds");
        }
        for (String time : TIMES) {
            if (claims.containsKey(time) && !(claims.getValue(time) instanceof Number)) {
                throw wrong("the token's " + time + " must be a number of seconds");
            }
        }
        if (!(claims.getValue("roles") instanceof JsonArray listed)) {
            throw wrong("the token has no list of roles");
        }
        Set<String> roles = new LinkedHashSet<>();
        for (Object role : listed) {
            if (!(role instanceof String name)) {
                throw wrong("the token's roles must be strings");
            }
            roles.add(name);
        }
        return new Principal(user, Set.copyOf(roles), claims, exp.longValue());
    }

    private static MillraceException wrong(String why) {
        return new MillraceException(Failure.UNAUTHENTICATED, why);
    }

    private static Future<Principal> refused(String why) {
        return Future.failedFuture(wrong(why));
    }
}
