package io.millrace.platform.auth;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.platform.auth.InvalidTokenException.Reason;
import io.millrace.platform.auth.keys.KeySource;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody whose tokens are taken, as the operator declares them.
 *
 * @param name the tokens' {@code iss}; empty for tokens without one, which Millrace signs itself
 * @param audiences one of which the tokens' {@code aud} must name; empty for tokens without one
 * @param sources where its keys come from, and nobody else's
 * @param signIn how people sign in there on the pages; null if they don't
 */
public record Issuer(
        String name, Set<String> audiences, List<KeySource> sources, ClaimMapping claims, @Nullable SignIn signIn) {
    /**
     * How people sign in at an issuer on the pages: by OpenID Connect, as a public client.
     *
     * @param issuer its address; the one of discovery
     * @param origin scheme, host and port of the issuer
     * @param client the pages' {@code client_id}
     * @param scopes of the token, {@code openid} among them
     * @param resource whom the access token is for (RFC 8707); null if the issuer isn't asked by it
     * @param audience the same, for issuers that call it so
     * @param prompt what the issuer shows; null for what it thinks right
     */
    public record SignIn(
            String issuer,
            String origin,
            String client,
            List<String> scopes,
            @Nullable String resource,
            @Nullable String audience,
            @Nullable String prompt) {}

    /**
     * The claims of one of its tokens, as {@link TokenSigner} signs them.
     *
     * @param user without the prefix that stands before it here
     * @param audience who the token is for; the first of its audiences if empty
     * @param lists the keys of the streams that a pack's claim opens
     */
    public JsonObject claims(String user, Set<String> roles, Map<String, List<String>> lists, List<String> audience) {
        List<String> wanted = audience.isEmpty() ? audiences.stream().limit(1).toList() : audience;
        return claims.claims(user, roles, lists).put("iss", name).put("aud", new JsonArray(wanted));
    }

    /**
     * That the token is for this server. A token that says for whom it is, and isn't for any that is known here, is for
     * somebody else (RFC 7519 §4.1.3).
     */
    void checkAudience(JsonNode token) {
        JsonNode named = token.path("aud");
        boolean fits = named.isMissingNode() && audiences.isEmpty();
        if (named.isTextual()) {
            fits = audiences.contains(named.textValue());
        }
        for (JsonNode one : named.isArray() ? named : List.<JsonNode>of()) {
            fits |= one.isTextual() && audiences.contains(one.textValue());
        }
        if (!fits) {
            throw new InvalidTokenException(Reason.ISSUER, "the token is not for this server: its aud");
        }
    }
}
