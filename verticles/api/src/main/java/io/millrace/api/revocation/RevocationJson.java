package io.millrace.api.revocation;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Revocations as JSON, written and read. */
final class RevocationJson {
    private static final int MAX_TOKEN = 128;
    /** The prefix of an issuer, and a name. */
    private static final int MAX_USER = 256;

    private static final Set<String> NAMES = Set.of("jti", "user", "before", "until");
    /** How far a time that is now may lie ahead of this node's clock. */
    private static final long LEEWAY_MICROS = TimeUnit.SECONDS.toMicros(60);

    private final Clock clock;
    private final Duration tokenLife;

    RevocationJson(Clock clock, Duration tokenLife) {
        this.clock = clock;
        this.tokenLife = tokenLife;
    }

    /**
     * {@code {"jti": …}}, {@code {"user": …}}, {@code {"before": …}} or {@code {"user": …, "before": …}}, each with {@code
     * until} if it is to end before its tokens must have expired.
     */
    Revocation read(byte[] body, String by) {
        JsonNode json = ClientJson.object("the body", body);
        json.fieldNames().forEachRemaining(name -> {
            if (!NAMES.contains(name)) {
                throw bad(name + " is not known: a revocation has jti, or user, before or both, and until");
            }
        });
        String token = name(json, "jti", MAX_TOKEN);
        String user = name(json, "user", MAX_USER);
        long now = TimeUnit.MILLISECONDS.toMicros(clock.millis());
        long before = time(json, "before", Revocation.ALWAYS);
        if (token != null ? user != null || before != Revocation.ALWAYS : user == null && before == Revocation.ALWAYS) {
            throw bad("name jti alone, or user, before or both");
        }
        if (before != Revocation.ALWAYS && before > now + LEEWAY_MICROS) {
            throw bad("before lies in the future: tokens that are not issued yet can't be told from others");
        }
        // A token that is issued later may last longer.
        boolean issued = token != null || before != Revocation.ALWAYS;
        long until =
                time(json, "until", issued ? now + TimeUnit.SECONDS.toMicros(tokenLife.toSeconds()) : Revocation.NEVER);
        if (until <= now) {
            throw bad("until must lie in the future");
        }
        return new Revocation(0, token, user, before, until, by, now);
    }

    private static @Nullable String name(JsonNode json, String member, int most) {
        JsonNode name = json.path(member);
        if (name.isMissingNode()) {
            return null;
        }
        String text = name.isTextual() ? name.textValue() : "";
        // As it may be in a token.
        if (text.isEmpty() || text.length() > most || !Characters.isPrintable(text)) {
            throw bad(member + " must be text of 1 to " + most + " characters, none of them control");
        }
        return text;
    }

    private static long time(JsonNode json, String member, long fallback) {
        JsonNode time = json.path(member);
        if (!time.isMissingNode() && !time.isTextual()) {
            throw bad(member + " must be text, a time as RFC 3339 writes it");
        }
        return Parameters.micros(member, time.textValue(), fallback);
    }

    static JsonObject of(Revocation revocation) {
        JsonObject json = new JsonObject().put("id", revocation.id());
        if (revocation.token() != null) {
            json.put("jti", revocation.token());
        }
        if (revocation.user() != null) {
            json.put("user", revocation.user());
        }
        if (revocation.beforeMicros() != Revocation.ALWAYS) {
            json.put("before", Micros.text(revocation.beforeMicros()));
        }
        if (revocation.endsMicros() != Revocation.NEVER) {
            json.put("until", Micros.text(revocation.endsMicros()));
        }
        return json.put("by", revocation.by()).put("at", Micros.text(revocation.atMicros()));
    }

    /** @param more whether there may be revocations behind these */
    static JsonObject page(List<Revocation> revocations, boolean more) {
        JsonArray all = new JsonArray();
        revocations.forEach(revocation -> all.add(of(revocation)));
        JsonObject page = new JsonObject().put("revocations", all);
        return more ? page.put("next", revocations.get(revocations.size() - 1).id()) : page;
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
