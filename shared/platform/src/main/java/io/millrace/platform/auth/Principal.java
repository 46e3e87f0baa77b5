package io.millrace.platform.auth;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The user that a token names.
 *
 * @param user unique; {@code anonymous} for callers without a token
 * @param claims the whole token, for access rules that name a claim; never changed
 * @param expiresAtSeconds seconds since 1970 UTC; {@link Long#MAX_VALUE} for callers without a token
 * @param tokenId the token's {@code jti}; null if it has none
 * @param issuedAtSeconds the token's {@code iat}, seconds since 1970 UTC; 0 if it has none, so that such a token counts as
 *     issued before any time
 */
public record Principal(
        String user,
        Set<String> roles,
        JsonObject claims,
        long expiresAtSeconds,
        @Nullable String tokenId,
        long issuedAtSeconds) {
    /** A caller without a token. */
    public static final Principal PUBLIC =
            new Principal("anonymous", Set.of("public"), new JsonObject(), Long.MAX_VALUE);

    /** A principal of no token that could be told apart from others of the same user. */
    public Principal(String user, Set<String> roles, JsonObject claims, long expiresAtSeconds) {
        this(user, roles, claims, expiresAtSeconds, null, 0);
    }

    @SuppressWarnings("ReferenceEquality") // a token may well name somebody "anonymous" of the role "public"
    public boolean authenticated() {
        return this != PUBLIC;
    }

    /**
     * Whether the token has expired: at its {@code exp}, without leeway (RFC 7519 §4.1.4). A connection ends by the same
     * rule, so no token opens one that is closed at once.
     */
    public boolean hasExpired(long nowMillis) {
        return authenticated() && expiresAtSeconds <= Math.floorDiv(nowMillis, 1_000L);
    }

    /**
     * What the token says somewhere; null if it says nothing there.
     *
     * @param path the name of a claim, or the way to it: {@code app_metadata.rooms}
     */
    public @Nullable Object claim(String path) {
        return ClaimPath.of(path).in(claims);
    }

    /**
     * The refusal of what their roles don't give: who has no token may have one that gives it, so they are asked for it
     * (RFC 9110, 15.5.2).
     */
    public MillraceException refusal(String why) {
        return authenticated()
                ? new MillraceException(Failure.PERMISSION_DENIED, why)
                : new MillraceException(Failure.UNAUTHENTICATED, why + "; send a token: Authorization: Bearer …");
    }
}
