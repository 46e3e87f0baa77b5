package io.millrace.contracts.revocation;

import org.jspecify.annotations.Nullable;

/**
 * Tokens that are refused: one, those of a user, or all; of the latter two only those issued before a time, if it names
 * one.
 *
 * @param id of the revocation itself; 0 for one that is not stored yet
 * @param token the {@code jti} of the one token; null for more than one
 * @param user whose tokens; null for one token, or everybody's
 * @param beforeMicros only tokens issued before that, microseconds since 1970 UTC; {@link #ALWAYS} for whenever issued
 * @param endsMicros when the tokens have expired anyway; {@link #NEVER} if it ends only by being deleted
 * @param by the user who made it
 * @param atMicros when it was made
 */
public record Revocation(
        long id,
        @Nullable String token,
        @Nullable String user,
        long beforeMicros,
        long endsMicros,
        String by,
        long atMicros) {
    public static final long ALWAYS = Long.MAX_VALUE;
    public static final long NEVER = Long.MAX_VALUE;

    /** How long after its end a revocation still holds: no two clocks are the same. */
    public static final long GRACE_SECONDS = 120;

    private static final long MICROS = 1_000_000;

    /** Whether it still holds. */
    public boolean holds(long nowMicros) {
        return endsMicros > nowMicros - GRACE_SECONDS * MICROS;
    }

    /**
     * Whether a token is one of those.
     *
     * @param tokenId its {@code jti}; null if it has none
     * @param issuedAtSeconds its {@code iat}, in seconds since 1970 UTC; 0 if it has none: then it was issued before any time
     */
    public boolean names(@Nullable String tokenId, String owner, long issuedAtSeconds) {
        return (token == null || token.equals(tokenId))
                && (user == null || user.equals(owner))
                && (beforeMicros == ALWAYS || issuedAtSeconds * MICROS < beforeMicros);
    }
}
