package io.millrace.platform.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.platform.auth.InvalidTokenException.Reason;
import io.millrace.platform.auth.keys.Algorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token (RFC 7515, compact form) whose form is right; whether its signature is, is not known yet.
 *
 * @param kid the key that it says it is signed with; null if it names none
 * @param payload as it was signed; its claims
 * @param content what the signature is of
 */
record UnverifiedToken(Algorithm algorithm, @Nullable String kid, byte[] payload, byte[] content, byte[] signature) {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final int MAX_KID = 256;

    private static final ObjectMapper STRICT = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    /**
     * What a header may not say: keys and addresses of keys, which would be the signer's own choice; extensions, of which none
     * is understood here; and that the payload isn't what it seems.
     */
    private static final Set<String> REFUSED = Set.of("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc");

    /** Fails as {@link InvalidTokenException}. */
    static UnverifiedToken read(String token) {
        if (token.length() > MAX_LENGTH) {
            throw unreadable("the token is longer than " + MAX_LENGTH + " characters");
        }
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw unreadable("the token is not a JSON Web Token, which has three parts, joined by dots"
                    + (parts.length == 1 ? "; an issuer gives opaque tokens unless it is asked for this server" : ""));
        }
        JsonNode header = json(decoded(parts[0]));
        Algorithm algorithm = Algorithm.of(text(header, "alg"));
        if (algorithm == null) {
            throw unreadable("the token must be signed with HS256, RS256, ES256 or EdDSA");
        }
        for (var names = header.fieldNames(); names.hasNext(); ) {
            if (REFUSED.contains(names.next())) {
                throw unreadable("the token's header may hold none of "
                        + String.join(", ", REFUSED.stream().sorted().toList()));
            }
        }
        return new UnverifiedToken(
                algorithm,
                header.has("kid") ? kid(text(header, "kid")) : null,
                decoded(parts[1]),
                token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII),
                decoded(parts[2]));
    }

    /** The claims, each once. */
    JsonNode claims() {
        return json(payload);
    }

    private static String kid(String kid) {
        if (kid.isEmpty() || kid.length() > MAX_KID) {
            throw unreadable("the token's kid must be text of 1 to " + MAX_KID + " characters");
        }
        return kid;
    }

    private static String text(JsonNode header, String name) {
        return header.path(name).isTextual() ? header.path(name).textValue() : "";
    }

    private static JsonNode json(byte[] bytes) {
        try {
            JsonNode json = STRICT.readTree(bytes);
            if (json.isObject()) {
                return json;
            }
        } catch (IOException notJson) {
            throw unreadable("the token can't be read");
        }
        throw unreadable("the token's header and its claims must be JSON objects");
    }

    /** One text for each value: neither padding nor bits that say nothing. */
    private static byte[] decoded(String part) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(part);
            byte[] again = Base64.getUrlEncoder().withoutPadding().encode(bytes);
            if (Arrays.equals(again, part.getBytes(StandardCharsets.ISO_8859_1))) {
                return bytes;
            }
        } catch (IllegalArgumentException notBase64) {
            throw unreadable("the token can't be read");
        }
        throw unreadable("the token can't be read");
    }

    private static InvalidTokenException unreadable(String why) {
        return new InvalidTokenException(Reason.UNREADABLE, why);
    }
}
