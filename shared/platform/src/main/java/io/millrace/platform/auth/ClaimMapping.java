package io.millrace.platform.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.contracts.text.Characters;
import io.millrace.platform.auth.InvalidTokenException.Reason;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which claims of an issuer's tokens say who somebody is.
 *
 * @param user the claim that names the user
 * @param prefix what stands before it here, so that two issuers' users are never the same one
 * @param roles the claims that list roles: a list, or a text with spaces between
 * @param renamed the issuer's names of roles, and ours; where there are any, other roles count for nothing
 * @param everyone the roles that each user of the issuer has
 * @param others the claims that packs name, and where the issuer has them
 * @param rolesRequired whether a token must have a list of roles
 */
record ClaimMapping(
        ClaimPath user,
        String prefix,
        List<ClaimPath> roles,
        Map<String, String> renamed,
        Set<String> everyone,
        Map<String, ClaimPath> others,
        boolean rolesRequired) {
    /** Of tokens that Millrace signs itself. */
    static final ClaimMapping OWN = new ClaimMapping(
            ClaimPath.of("sub"), "", List.of(ClaimPath.of("roles")), Map.of(), Set.of(), Map.of(), true);

    private static final int LEEWAY_SECONDS = 60;
    private static final int MAX_NAME = 128;
    /** The end of the year 9999, the last that RFC 3339 can say. */
    private static final long MAX_SECONDS = 253_402_300_799L;

    /** Fails as {@link InvalidTokenException}. */
    Principal principal(JsonNode claims, long nowMillis) {
        String name = prefix + name(user.in(claims), String.join(".", user.names()));
        double now = nowMillis / 1_000.0;
        double expires = seconds(claims, "exp");
        // Not before which the token holds; looked at if they are there. An issuer's clock may be ahead.
        for (String time : List.of("nbf", "iat")) {
            if (claims.has(time) && seconds(claims, time) > now + LEEWAY_SECONDS) {
                throw new InvalidTokenException(Reason.NOT_YET_VALID, "the token's " + time + " lies in the future");
            }
        }
        Principal principal = new Principal(
                name,
                roles(claims),
                renamed(claims, name),
                (long) expires,
                claims.has("jti") ? name(claims.path("jti"), "jti") : null,
                claims.has("iat") ? (long) seconds(claims, "iat") : 0);
        if (principal.hasExpired(nowMillis)) {
            throw new InvalidTokenException(Reason.EXPIRED, "the token has expired");
        }
        return principal;
    }

    /** The claims of a token that says this. */
    JsonObject claims(String user, Set<String> roles, Map<String, List<String>> lists) {
        JsonObject claims = new JsonObject();
        lists.forEach((claim, values) ->
                others.getOrDefault(claim, ClaimPath.of(claim)).put(claims, new JsonArray(values)));
        List<String> theirs = roles.stream().map(this::theirs).toList();
        this.roles.get(0).put(claims, new JsonArray(theirs));
        this.user.put(claims, user);
        return claims;
    }

    private String theirs(String role) {
        return renamed.entrySet().stream()
                .filter(name -> name.getValue().equals(role))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(role);
    }

    private Set<String> roles(JsonNode claims) {
        Set<String> all = new LinkedHashSet<>(everyone);
        for (ClaimPath path : roles) {
            JsonNode listed = path.in(claims);
            String claim = String.join(".", path.names());
            if (listed.isTextual() && !rolesRequired) {
                for (String role : listed.textValue().strip().split("\\s+")) {
                    all.add(name(TextNode.valueOf(role), claim));
                }
            } else if (listed.isArray()) {
                listed.forEach(role -> all.add(name(role, claim)));
            } else if (rolesRequired || !(listed.isMissingNode() || listed.isNull())) {
                throw new InvalidTokenException(Reason.CLAIMS, "the token has no list of roles: " + claim);
            }
        }
        if (!renamed.isEmpty()) {
            Set<String> ours = new LinkedHashSet<>(everyone);
            renamed.forEach((theirs, our) -> {
                if (all.contains(theirs)) {
                    ours.add(our);
                }
            });
            return Set.copyOf(ours);
        }
        return Set.copyOf(all);
    }

    /** The claims under the names that packs know, in place of what else is called so. */
    private JsonObject renamed(JsonNode claims, String name) {
        JsonObject said = new JsonObject(claims.toString());
        JsonObject all = said.copy();
        // What is inside of another of these claims comes after it.
        others.keySet().stream()
                .sorted(Comparator.comparingInt(
                        ours -> ClaimPath.of(ours).names().size()))
                .forEach(ours -> ClaimPath.of(ours)
                        .set(all, Objects.requireNonNull(others.get(ours)).in(said)));
        return all.put("sub", name);
    }

    /** A NumericDate (RFC 7519 §2): seconds since 1970 UTC, which may have a fraction. */
    private static double seconds(JsonNode claims, String name) {
        JsonNode claim = claims.path(name);
        double seconds = claim.isNumber() ? claim.doubleValue() : Double.NaN;
        if (!(Math.abs(seconds) <= MAX_SECONDS)) {
            throw new InvalidTokenException(
                    Reason.CLAIMS, "the token's " + name + " must be a number of seconds since 1970");
        }
        return seconds;
    }

    private static String name(JsonNode claim, String what) {
        String name = claim.isTextual() ? claim.textValue() : "";
        if (name.isEmpty() || name.length() > MAX_NAME || !Characters.isPrintable(name)) {
            throw new InvalidTokenException(
                    Reason.CLAIMS,
                    "the token's " + what + " must be text of 1 to " + MAX_NAME + " characters, none of them control");
        }
        return name;
    }
}
