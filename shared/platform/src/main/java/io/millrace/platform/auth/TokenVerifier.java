package io.millrace.platform.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.InvalidTokenException.Reason;
import io.millrace.platform.auth.keys.Algorithm;
import io.millrace.platform.auth.keys.IssuerKeys;
import io.millrace.platform.auth.keys.KeyReader;
import io.millrace.platform.auth.keys.KeySource;
import io.millrace.platform.auth.keys.VerificationKey;
import io.millrace.platform.metrics.EnumCounters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JSON Web Tokens (RFC 7519), for every way in. A token's issuer and {@code kid} name the key, which is for one
 * algorithm; a header may name no key of its own; {@code exp} is required; every claim that decides something must be of
 * its type. Safe from any thread.
 *
 * <p>A token that is known costs one look into a cache, where it stays until it expires or its key is taken back. HS256 is
 * verified on the caller's thread, the other algorithms by threads of their own.
 */
public final class TokenVerifier {
    private static final int THREADS = 2;

    private final EnumCounters<Reason> refusals;
    private final TokenSigner signer;
    private final byte[] secret;
    private final Clock clock;
    private final Revocations revocations;
    private final AuthSettings settings;
    private final WorkerExecutor threads;
    private final Map<String, Trusted> issuers = new HashMap<>();
    private final AtomicInteger verifying = new AtomicInteger();
    private final Cache<String, Known> verified;

    /** @param waiting how many of its tokens wait for its keys: those of others don't wait behind them */
    private record Trusted(Issuer issuer, IssuerKeys keys, AtomicInteger waiting) {}

    /** A token that was verified, and by which key. */
    private record Known(Principal principal, VerificationKey key) {
        boolean holds(long nowMillis) {
            return !principal.hasExpired(nowMillis) && !key.removed();
        }
    }

    /**
     * @param secret at least 32 bytes (RFC 7518 §3.2); signs, and verifies unless {@link AuthSettings#own} says no
     * @param others whose tokens are taken too
     * @param metrics where refused tokens are counted, by reason
     */
    public TokenVerifier(
            Vertx vertx,
            byte[] secret,
            AuthSettings settings,
            List<Issuer> others,
            Clock clock,
            MeterRegistry metrics) {
        refusals = new EnumCounters<>("millrace.auth.refused.tokens", "reason", Reason.class, metrics);
        VerificationKey own = KeyReader.secret(secret, null);
        this.revocations = new Revocations(clock, metrics);
        this.secret = secret.clone();
        this.signer = TokenSigner.ofSecret(vertx, secret);
        this.clock = clock;
        this.settings = settings;
        this.threads = vertx.createSharedWorkerExecutor("millrace-tokens", THREADS);
        this.verified = Caffeine.newBuilder()
                .maximumWeight(settings.cacheBytes())
                .weigher((String token, Known known) -> 512 + 4 * token.length())
                .expireAfterAccess(Duration.ofMinutes(10))
                .build();
        WorkerExecutor reading = vertx.createSharedWorkerExecutor("millrace-keys", 1 + others.size());
        List<Issuer> all = new ArrayList<>(others);
        if (settings.own()) {
            all.add(new Issuer("", Set.of(), List.of(KeySource.fixed(own)), ClaimMapping.OWN, null));
        }
        for (Issuer issuer : all) {
            IssuerKeys keys = new IssuerKeys(issuer.name(), issuer.sources(), settings.keys(), vertx, reading);
            keys.start();
            issuers.put(issuer.name(), new Trusted(issuer, keys, new AtomicInteger()));
        }
    }

    /** For {@code auth.secret} alone. */
    public TokenVerifier(Vertx vertx, byte[] secret, Clock clock, MeterRegistry metrics) {
        this(vertx, secret, AuthSettings.DEFAULTS, List.of(), clock, metrics);
    }

    /** For a program that only signs. */
    public TokenVerifier(Vertx vertx, byte[] secret, Clock clock) {
        this(vertx, secret, clock, new SimpleMeterRegistry());
    }

    /** The issuers whose keys can't be read at present, each with the reason; for the node's health. */
    public @Nullable String problem() {
        for (Trusted trusted : issuers.values()) {
            String problem = trusted.keys().problem();
            if (problem != null) {
                return problem;
            }
        }
        return null;
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

    /** Signs tokens with {@code auth.secret}, which every node verifies unless {@link AuthSettings#own} says no. */
    public TokenSigner signer() {
        return signer;
    }

    /** Who the bearer of an {@code Authorization} header is: {@link Principal#PUBLIC} without one. */
    public Future<Principal> ofHeader(@Nullable String authorization) {
        if (authorization == null) {
            return Future.succeededFuture(Principal.PUBLIC);
        }
        String token = bearer(authorization);
        return token == null
                ? refused(new InvalidTokenException(
                        Reason.UNREADABLE, "the Authorization header must read: Bearer <token>"))
                : verify(token);
    }

    /** The token of an {@code Authorization} header; null if it has none. */
    public static @Nullable String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).trim()
                : null;
    }

    /**
     * Fails as {@link Failure#UNAUTHENTICATED}, with what is wrong, whatever the token is; as {@link Failure#TOKEN_REVOKED};
     * as {@link Failure#UNAVAILABLE} while it can't be known whether it is revoked, or while the keys can't be had that
     * would tell; and as {@link Failure#OVERLOADED}.
     */
    public Future<Principal> verify(String token) {
        Known known = verified.getIfPresent(token);
        if (known != null && known.holds(clock.millis())) {
            return admitted(known.principal());
        }
        return attempt(() -> {
                    UnverifiedToken read = UnverifiedToken.read(token);
                    JsonNode claims = read.claims();
                    Trusted trusted = issuers.get(issuer(claims));
                    if (trusted == null) {
                        throw new InvalidTokenException(
                                Reason.ISSUER, "the token is of an issuer that isn't known here");
                    }
                    trusted.issuer().checkAudience(claims);
                    Principal claimed = trusted.issuer().claims().principal(claims, clock.millis());
                    return key(trusted, read, claimed).map(key -> new Known(claimed, key));
                })
                .onSuccess(now -> verified.put(token, now))
                .compose(now -> admitted(now.principal()));
    }

    /** Whether the token was verified before, so that its signature isn't verified again. */
    public boolean knows(String token) {
        return verified.getIfPresent(token) != null;
    }

    /** Checks the principal of a token that was verified a while ago. Fails if the token has expired since, or is revoked. */
    public Future<Principal> recheck(Principal principal) {
        if (!principal.authenticated()) {
            return Future.succeededFuture(principal);
        }
        return principal.hasExpired(clock.millis())
                ? refused(new InvalidTokenException(Reason.EXPIRED, "the token has expired"))
                : admitted(principal);
    }

    /** The last step for every token, known already or not: whether it may still be used. */
    private Future<Principal> admitted(Principal principal) {
        try {
            return Future.succeededFuture(revocations.check(principal));
        } catch (MillraceException refused) {
            return Future.failedFuture(refused);
        }
    }

    /** The issuer where people sign in on the pages; null if there is none. */
    public Issuer.@Nullable SignIn signIn() {
        return issuers.values().stream()
                .map(trusted -> trusted.issuer().signIn())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** Which tokens are refused before they expire. */
    public Revocations revocations() {
        return revocations;
    }

    private static String issuer(JsonNode claims) {
        JsonNode named = claims.path("iss");
        if (!named.isMissingNode() && (!named.isTextual() || named.textValue().isEmpty())) {
            throw new InvalidTokenException(Reason.CLAIMS, "the token's iss must be text");
        }
        return named.asText("");
    }

    /** The key that the token is signed with. */
    private Future<VerificationKey> key(Trusted trusted, UnverifiedToken token, Principal claimed) {
        IssuerKeys keys = trusted.keys();
        String kid = token.kid();
        if (kid == null || !keys.named(kid).isEmpty()) {
            return signed(keys, token, true);
        }
        // What was issued before the keys were last asked for can't be signed with a key that came later.
        boolean old = (claimed.issuedAtSeconds() + 1) * 1_000 <= keys.askedAtMillis();
        return bounded(trusted.waiting(), () -> keys.ask(kid))
                .compose(asked -> attempt(() -> signed(keys, token, asked || old)));
    }

    /** @param settled whether a key that isn't known doesn't exist */
    private Future<VerificationKey> signed(IssuerKeys keys, UnverifiedToken token, boolean settled) {
        List<VerificationKey> named = keys.named(token.kid());
        if (named.isEmpty() && (keys.problem() != null || !settled)) {
            refusals.increment(Reason.KEY);
            throw new MillraceException(
                    Failure.UNAVAILABLE,
                    "the keys of the token's issuer can't be read now; send the token again",
                    keys.interval().toMillis());
        }
        List<VerificationKey> fitting = named.stream()
                .filter(key -> key.algorithm() == token.algorithm())
                .toList();
        if (fitting.isEmpty()) {
            throw new InvalidTokenException(
                    Reason.KEY,
                    named.isEmpty()
                            ? "the token's issuer has no such key: its kid"
                            : "the token's key is for another algorithm than its alg");
        }
        Future<Optional<VerificationKey>> found = token.algorithm() == Algorithm.HS256
                ? Future.succeededFuture(signer(fitting, token))
                : bounded(verifying, () -> threads.executeBlocking(() -> signer(fitting, token), false));
        return found.compose(key -> key.map(Future::succeededFuture)
                .orElseGet(() ->
                        refused(new InvalidTokenException(Reason.SIGNATURE, "the token is not signed by its issuer"))));
    }

    private static Optional<VerificationKey> signer(List<VerificationKey> keys, UnverifiedToken token) {
        return keys.stream()
                .filter(key -> key.verifies(token.content(), token.signature()))
                .findFirst();
    }

    private <T> Future<T> bounded(AtomicInteger waiting, Supplier<Future<T>> work) {
        if (waiting.incrementAndGet() > settings.maxWaiting()) {
            waiting.decrementAndGet();
            return Future.failedFuture(
                    new MillraceException(Failure.OVERLOADED, "too many tokens wait to be verified; send it again"));
        }
        return work.get().onComplete(done -> waiting.decrementAndGet());
    }

    private <T> Future<T> attempt(Supplier<Future<T>> step) {
        try {
            return step.get();
        } catch (InvalidTokenException refusal) {
            return refused(refusal);
        } catch (MillraceException known) {
            return Future.failedFuture(known);
        } catch (RuntimeException unreadable) {
            return refused(new InvalidTokenException(Reason.UNREADABLE, "the token can't be read"));
        }
    }

    private <T> Future<T> refused(InvalidTokenException refusal) {
        refusals.increment(refusal.reason());
        return Future.failedFuture(
                new MillraceException(Failure.UNAUTHENTICATED, String.valueOf(refusal.getMessage())));
    }
}
