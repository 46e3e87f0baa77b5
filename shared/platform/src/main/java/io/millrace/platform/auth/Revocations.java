package io.millrace.platform.auth;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The revocations that this node knows, and whether a token may still be used. Revocations that can't be read any more
 * stay as they are; those that were never read may name any token, so every token is refused as {@link
 * Failure#UNAVAILABLE} until then. Safe from any thread.
 */
public final class Revocations {
    private final Clock clock;
    private final Counter refusals;
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    /** Null: never read. */
    private volatile @Nullable Known known = new Known(0, List.of());

    private volatile long lifeSeconds = Long.MAX_VALUE;

    Revocations(Clock clock, MeterRegistry metrics) {
        this.clock = clock;
        this.refusals = Counter.builder("millrace.auth.revoked.tokens")
                .description("Tokens that were refused since they are revoked")
                .register(metrics);
        Gauge.builder("millrace.auth.revocations", this, Revocations::count)
                .description("Revocations that this node knows")
                .register(metrics);
    }

    /** The revocations of one version of the list, by what they name. */
    private static final class Known {
        private final long version;
        private final int count;
        private final Map<String, List<Revocation>> byToken = new HashMap<>();
        private final Map<String, List<Revocation>> byUser = new HashMap<>();
        private final List<Revocation> ofAll = new ArrayList<>();

        Known(long version, List<Revocation> revocations) {
            this.version = version;
            this.count = revocations.size();
            for (Revocation revocation : revocations) {
                if (revocation.token() != null) {
                    byToken.computeIfAbsent(revocation.token(), first -> new ArrayList<>(1))
                            .add(revocation);
                } else if (revocation.user() != null) {
                    byUser.computeIfAbsent(revocation.user(), first -> new ArrayList<>(1))
                            .add(revocation);
                } else {
                    ofAll.add(revocation);
                }
            }
        }

        boolean names(Principal who, long nowMicros) {
            String token = who.tokenId();
            return any(ofAll, who, nowMicros)
                    || any(byUser.getOrDefault(who.user(), List.of()), who, nowMicros)
                    || (token != null && any(byToken.getOrDefault(token, List.of()), who, nowMicros));
        }

        private static boolean any(List<Revocation> revocations, Principal who, long nowMicros) {
            for (Revocation revocation : revocations) {
                if (revocation.holds(nowMicros) && revocation.names(who.tokenId(), who.user(), who.issuedAtSeconds())) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * From now on no token is accepted until the revocations were read.
     *
     * @param life tokens that last longer, from their {@code iat} or from now on, are refused: their revocation might end
     *     before they do
     */
    public void require(Duration life) {
        lifeSeconds = life.toSeconds();
        known = null;
    }

    /** The version of the list that is known; {@link RevocationQuery#NONE} before it was read. */
    public long version() {
        Known now = known;
        return now == null ? RevocationQuery.NONE : now.version;
    }

    private int count() {
        Known now = known;
        return now == null ? 0 : now.count;
    }

    public boolean isKnown() {
        return known != null;
    }

    /** The whole list of a newer version, or of another database. */
    public void replace(RevocationPage list) {
        known = new Known(list.version(), list.revocations());
        listeners.forEach(Runnable::run);
    }

    /**
     * @param changed called from any thread when the list has changed
     * @return ends that
     */
    public Runnable onChange(Runnable changed) {
        listeners.add(changed);
        return () -> listeners.remove(changed);
    }

    /** Whether the token of an authenticated principal is revoked, as far as this node knows. */
    public boolean revokes(Principal who) {
        Known now = known;
        return now != null && who.authenticated() && now.names(who, micros());
    }

    /** Returns the principal of a token that may be used; else fails with {@link MillraceException}. */
    Principal check(Principal who) {
        if (known == null) {
            throw new MillraceException(Failure.UNAVAILABLE, "it can't be read yet which tokens are revoked");
        }
        long issued = who.issuedAtSeconds();
        long ahead = who.expiresAtSeconds() - clock.instant().getEpochSecond();
        // One that lasts too long does so to its end: else it would be accepted when its revocation is over.
        long lasts = issued == 0 ? ahead : Math.max(ahead, who.expiresAtSeconds() - issued);
        if (lasts > lifeSeconds) {
            throw new MillraceException(
                    Failure.UNAUTHENTICATED,
                    "the token's exp lies more than " + lifeSeconds
                            + " s ahead of its iat or of now, see auth.token.life");
        }
        if (revokes(who)) {
            refusals.increment();
            throw revoked();
        }
        return who;
    }

    public static MillraceException revoked() {
        return new MillraceException(Failure.TOKEN_REVOKED, "the token has been revoked");
    }

    private long micros() {
        return TimeUnit.MILLISECONDS.toMicros(clock.millis());
    }
}
