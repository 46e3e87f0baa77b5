package io.millrace.platform.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
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
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies JSON Web Tokens (RFC 7519, HS256). Stricter than the library under it: the header may name only the
 * one algorithm and no key of its own, {@code exp} is required, and every claim that decides something must be of its
 * type. Safe from any thread.
 */
public final class TokenVerifier {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final int LEEWAY_SECONDS = 60;
    private static final int MAX_NAME = 128;
    /** The end of the year 9999, the last that RFC 3339 can say. */
    private static final long MAX_SECONDS = 253_402_300_799L;

    private static final ObjectMapper STRICT = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /** What a header may say; everything else ({@code jwk}, {@code jku}, {@code x5u}, {@code kid}, {@code crit}) is refused. */
    private static final Set<String> HEADER_KEYS = Set.of("alg", "typ");

    /** Not before which the token holds; looked at if they are there. */
    private static final Set<String> BEGINNINGS = Set.of("nbf", "iat");

    private enum Refusal {
        /** It is no token: too long, not three parts, not base64, not JSON, its header asks for something else. */
        UNREADABLE,
        /** A claim that decides something isn't there or isn't of its type. */
        CLAIMS,
        /** It isn't signed with this key. */
        SIGNATURE,
        EXPIRED,
        NOT_YET_VALID;

        private final String tag = name().toLowerCase(Locale.ROOT);
    }

    private final Map<Refusal, Counter> refusals = new EnumMap<>(Refusal.class);
    private final JWTAuth jwt;
    private final byte[] secret;
    private final Clock clock;
    private final Revocations revocations;
    private final Cache<String, Principal> verified = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofSeconds(60))
            .build();

    /**
     * @param secret at least 32 bytes (RFC 7518 §3.2)
     * @param metrics where refused tokens are counted, by reason
     */
    public TokenVerifier(Vertx vertx, byte[] secret, Clock clock, MeterRegistry metrics) {
        for (Refusal refusal : Refusal.values()) {
            refusals.put(
                    refusal,
                    Counter.builder("millrace.auth.refused.tokens")
                            .description("Tokens that were refused")
                            .tag("reason", refusal.tag)
                            .register(metrics));
        }
        if (secret.length < 32) {
            throw new IllegalArgumentException("a signing key needs at least 32 bytes, not " + secret.length);
        }
        this.clock = clock;
        this.revocations = new Revocations(clock, metrics);
        this.secret = secret.clone();
        this.jwt = JWTAuth.create(
                vertx,
                new JWTAuthOptions()
                        .addPubSecKey(
                                new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(Buffer.buffer(secret)))
                        // The times are read here: a NumericDate may have a fraction (RFC 7519 §2).
                        .setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
    }

    /** For a program that only signs. */
    public TokenVerifier(Vertx vertx, byte[] secret, Clock clock) {
        this(vertx, secret, clock, new SimpleMeterRegistry());
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
        claims.put("jti", UUID.randomUUID().toString());
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
            return Future.failedFuture(
                    refused(Refusal.UNREADABLE, "the Authorization header must read: Bearer <token>"));
        }
        return verify(authorization.substring(7).trim());
    }

    /**
     * Fails as {@link Failure#UNAUTHENTICATED}, with what is wrong, whatever the token is; as {@link Failure#TOKEN_REVOKED};
     * and as {@link Failure#UNAVAILABLE} while it can't be known whether it is revoked.
     */
    public Future<Principal> verify(String token) {
        Principal known = verified.getIfPresent(token);
        if (known != null && known.expiresAtSeconds() > clock.instant().getEpochSecond()) {
            return admitted(known);
        }
        Principal claimed;
        try {
            claimed = principal(read(token));
        } catch (MillraceException wrong) {
            return Future.failedFuture(wrong);
        } catch (RuntimeException unreadable) {
            return Future.failedFuture(refused(Refusal.UNREADABLE, "the token can't be read"));
        }
        // Inside a step, since the library throws at claims that it doesn't expect.
        return Future.succeededFuture(new TokenCredentials(token))
                .compose(jwt::authenticate)
                .recover(error -> Future.failedFuture(
                        refused(Refusal.SIGNATURE, "the token is not signed by this Millrace, or can't be read")))
                .onSuccess(user -> verified.put(token, claimed))
                .compose(user -> admitted(claimed));
    }

    /** The last step for every token, known already or not: whether it may still be used. */
    private Future<Principal> admitted(Principal principal) {
        try {
            return Future.succeededFuture(revocations.check(principal));
        } catch (MillraceException refused) {
            return Future.failedFuture(refused);
        }
    }

    /** Which tokens are refused before they expire. */
    public Revocations revocations() {
        return revocations;
    }

    /** The claims of a token whose form is right; whether its signature is, is not known yet. */
    private JsonNode read(String token) {
        if (token.length() > MAX_LENGTH) {
            throw refused(Refusal.UNREADABLE, "the token is longer than " + MAX_LENGTH + " characters");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw refused(Refusal.UNREADABLE, "a token has three parts, joined by dots");
        }
        try {
            JsonNode header = STRICT.readTree(Base64.getUrlDecoder().decode(parts[0]));
            JsonNode claims = STRICT.readTree(Base64.getUrlDecoder().decode(parts[1]));
            if (!claims.isObject()) {
                throw refused(Refusal.UNREADABLE, "the token's claims are not a JSON object");
            }
            if (!"HS256".equals(header.path("alg").asText())) {
                throw refused(Refusal.UNREADABLE, "the token must be signed with HS256");
            }
            for (var names = header.fieldNames(); names.hasNext(); ) {
                if (!HEADER_KEYS.contains(names.next())) {
                    throw refused(Refusal.UNREADABLE, "the token's header may hold only alg and typ");
                }
            }
            return claims;
        } catch (IllegalArgumentException | IOException notAToken) {
            throw refused(Refusal.UNREADABLE, "the token can't be read");
        }
    }

    private Principal principal(JsonNode claims) {
        String user = name(claims.path("sub"), "sub");
        double now = clock.millis() / 1_000.0;
        double expires = seconds(claims.path("exp"), "exp");
        if (expires <= now - LEEWAY_SECONDS) {
            throw refused(Refusal.EXPIRED, "the token has expired");
        }
        for (String time : BEGINNINGS) {
            if (claims.has(time) && seconds(claims.path(time), time) > now + LEEWAY_SECONDS) {
                throw refused(Refusal.NOT_YET_VALID, "the token's " + time + " lies in the future");
            }
        }
        if (!claims.path("roles").isArray()) {
            throw refused(Refusal.CLAIMS, "the token has no list of roles");
        }
        Set<String> roles = new LinkedHashSet<>();
        for (JsonNode role : claims.path("roles")) {
            roles.add(name(role, "roles"));
        }
        return new Principal(
                user,
                Set.copyOf(roles),
                new JsonObject(claims.toString()),
                (long) expires,
                claims.has("jti") ? name(claims.path("jti"), "jti") : null,
                claims.has("iat") ? (long) seconds(claims.path("iat"), "iat") : 0);
    }

    /** A NumericDate (RFC 7519 §2): seconds since 1970 UTC, which may have a fraction. */
    private double seconds(JsonNode claim, String name) {
        double seconds = claim.isNumber() ? claim.doubleValue() : Double.NaN;
        if (!(Math.abs(seconds) <= MAX_SECONDS)) {
            throw refused(Refusal.CLAIMS, "the token's " + name + " must be a number of seconds since 1970");
        }
        return seconds;
    }

    private String name(JsonNode claim, String what) {
        String name = claim.isTextual() ? claim.textValue() : "";
        if (name.isEmpty() || name.length() > MAX_NAME || !wellFormed(name)) {
            throw refused(
                    Refusal.CLAIMS,
                    "the token's " + what + " must be text of 1 to " + MAX_NAME + " characters, none of them control");
        }
        return name;
    }

    private static boolean wellFormed(String text) {
        return text.codePoints()
                .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    private MillraceException refused(Refusal refusal, String why) {
        Objects.requireNonNull(refusals.get(refusal)).increment();
        return new MillraceException(Failure.UNAUTHENTICATED, why);
    }
}
