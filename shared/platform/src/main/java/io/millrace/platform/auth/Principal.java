package io.millrace.platform.auth;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * Who somebody is, as their token says.
 *
 * @param user unique; {@code anonymous} for those without a token
 * @param claims the whole token, for access rules that name a claim; never changed
 * @param expiresAtSeconds seconds since 1970 UTC; {@link Long#MAX_VALUE} for those without a token
 */
public record Principal(String user, Set<String> roles, JsonObject claims, long expiresAtSeconds) {
    /** Somebody without a token. */
    public static final Principal PUBLIC =
            new Principal("anonymous", Set.of("public"), new JsonObject(), Long.MAX_VALUE);

    @SuppressWarnings("ReferenceEquality") // a token may well name somebody "anonymous" of the role "public"
    public boolean authenticated() {
        return this != PUBLIC;
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
