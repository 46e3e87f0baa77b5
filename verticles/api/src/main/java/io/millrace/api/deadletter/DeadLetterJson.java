package io.millrace.api.deadletter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterActPage;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Dead letters and requests about them as JSON. Stateless. */
final class DeadLetterJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> FILTER =
            Set.of("type", "stream", "source", "reason", "fingerprint", "act", "from", "to");

    private DeadLetterJson() {}

    /** The parameters of a query. */
    static DeadLetterFilter filter(RoutingContext ctx) {
        return filter(
                List.of(),
                name -> ctx.request().getParam(name),
                state(ctx.request().getParam("state")),
                number(ctx, "act", 0, 1, Long.MAX_VALUE));
    }

    /** The filter in the body of a command: {@code ids} or {@code filter}, or both. */
    static DeadLetterFilter filter(JsonNode body) {
        ClientJson.known(body, Set.of("ids", "filter", "dryRun", "pace"));
        JsonNode filter = body.path("filter");
        if (!filter.isMissingNode() && !filter.isObject()) {
            throw bad("filter must be an object");
        }
        ClientJson.known(filter, FILTER);
        return filter(ClientJson.ids(body), name -> text(name, filter.path(name)), null, act(filter.path("act")));
    }

    private static long act(JsonNode member) {
        if (member.isMissingNode()) {
            return 0;
        }
        if (!member.isIntegralNumber() || !member.canConvertToLong() || member.longValue() < 1) {
            throw bad("act must be the number of an act");
        }
        return member.longValue();
    }

    /** Letters a second; 0 if none is given. */
    static int pace(JsonNode member) {
        if (member.isMissingNode()) {
            return 0;
        }
        boolean whole = member.isIntegralNumber() && member.canConvertToInt();
        if (!whole || member.intValue() < 1 || member.intValue() > DeadLetterCommand.MAX_PACE) {
            throw bad("pace must be a whole number of letters a second, from 1 to " + DeadLetterCommand.MAX_PACE);
        }
        return member.intValue();
    }

    private static @Nullable String text(String name, JsonNode member) {
        if (member.isMissingNode()) {
            return null;
        }
        if (!member.isTextual()) {
            throw bad(name + " must be text");
        }
        return member.textValue();
    }

    /**
     * Whether a command is a dry run; other values than true and false are refused, since a mistake would execute the
     * command.
     */
    static boolean dryRun(JsonNode member) {
        if (!member.isMissingNode() && !member.isBoolean()) {
            throw bad("dryRun must be true or false");
        }
        return member.asBoolean(false);
    }

    /** Whether to count the letters, too. */
    static boolean counted(@Nullable String by) {
        if (by != null && !by.equals("fingerprint")) {
            throw bad("counts must be fingerprint");
        }
        return by != null;
    }

    private static DeadLetterFilter filter(
            List<Long> ids, Function<String, @Nullable String> member, DeadLetter.@Nullable State state, long act) {
        return new DeadLetterFilter(
                ids,
                member.apply("type"),
                member.apply("stream"),
                member.apply("reason"),
                member.apply("fingerprint"),
                Parameters.micros("from", member.apply("from"), DeadLetterFilter.EVER),
                Parameters.micros("to", member.apply("to"), DeadLetterFilter.NEVER),
                state,
                member.apply("source"),
                act);
    }

    private static DeadLetter.@Nullable State state(@Nullable String text) {
        if (text == null) {
            return null;
        }
        for (DeadLetter.State state : DeadLetter.State.values()) {
            if (lower(state).equals(text)) {
                return state;
            }
        }
        throw bad("state must be dead, redriven or discarded");
    }

    static long number(RoutingContext ctx, String name, long fallback, long min, long max) {
        return Parameters.wholeNumber(name, ctx.request().getParam(name), fallback, min, max);
    }

    static JsonNode object(byte[] body) {
        return ClientJson.object("the body", body);
    }

    /**
     * @param more whether there may be letters behind these
     */
    static Buffer page(DeadLetterPage page, boolean more, boolean counted) {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode letters = json.putArray("letters");
        page.letters().forEach(letter -> letters.add(described(letter)));
        int last = page.letters().size() - 1;
        if (more && last >= 0) {
            json.put("next", page.letters().get(last).id());
        }
        if (counted) {
            ArrayNode counts = json.putArray("counts");
            for (DeadLetterPage.Group group : page.groups()) {
                counts.addObject()
                        .put("fingerprint", group.fingerprint())
                        .put("reason", group.code())
                        .put("type", group.type())
                        .put("message", group.message())
                        .put("letters", group.letters())
                        .put("newest", group.newest())
                        .put("firstAt", Micros.text(group.firstMicros()))
                        .put("lastAt", Micros.text(group.lastMicros()))
                        .set("periods", numbers(group.periods()));
            }
            json.putObject("periods")
                    .put("from", Micros.text(page.fromMicros()))
                    .put("seconds", TimeUnit.MICROSECONDS.toSeconds(page.periodMicros()));
        }
        return buffer(json);
    }

    private static ArrayNode numbers(List<Long> numbers) {
        ArrayNode array = JSON.createArrayNode();
        numbers.forEach(array::add);
        return array;
    }

    /** @param more whether there may be acts behind these */
    static Buffer acts(DeadLetterActPage page, boolean more) {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode acts = json.putArray("acts");
        for (DeadLetterAct act : page.acts()) {
            ObjectNode shown = acts.addObject()
                    .put("id", act.id())
                    .put("at", Micros.text(act.atMicros()))
                    .put("by", act.by())
                    .put("act", act.act())
                    .putRawValue("filter", raw(act.filter()))
                    .put("letters", act.letters());
            if (act.change() != null) {
                shown.putRawValue("change", raw(act.change()));
            }
            DeadLetterAct.Paced paced = act.paced();
            if (paced != null) {
                shown.put("pace", paced.pace())
                        .put("state", lower(paced.state()))
                        .put("matched", paced.matched())
                        .put("refused", paced.refused())
                        .put("endedAt", paced.endedMicros() == 0 ? null : Micros.text(paced.endedMicros()))
                        .put("problem", paced.problem());
            }
        }
        int last = page.acts().size() - 1;
        if (more && last >= 0) {
            json.put("next", page.acts().get(last).id());
        }
        return buffer(json);
    }

    /** A letter with its content: the event as it would be redriven, and the original record. */
    static Buffer withEvent(DeadLetter letter) {
        ObjectNode json = described(letter);
        DeadLetter.Content content = letter.content();
        if (content != null) {
            json.putRawValue("headers", raw(content.headers()));
            json.putRawValue("event", content.event() == null ? new RawValue("null") : raw(content.event()));
            json.put("record", Base64.getEncoder().encodeToString(content.record()));
        }
        return buffer(json);
    }

    /** The original text, so that no digit of a number is lost. */
    private static RawValue raw(byte[] json) {
        return new RawValue(new String(json, StandardCharsets.UTF_8));
    }

    static Buffer count(DeadLetterCommandResult count, DeadLetterCommand.Kind kind, boolean dryRun) {
        String done =
                switch (kind) {
                    case REDRIVE -> "redriven";
                    case DISCARD -> "discarded";
                    default -> "restored";
                };
        return buffer(JSON.createObjectNode()
                .put("dryRun", dryRun)
                .put("matched", count.matched())
                .put(done, count.done())
                .put("remaining", Math.max(0, count.matched() - count.done())));
    }

    private static ObjectNode described(DeadLetter letter) {
        return JSON.createObjectNode()
                .put("id", letter.id())
                .put("eventId", letter.eventId())
                .put("source", letter.source())
                .put("type", letter.type())
                .put("stream", letter.stream())
                .put("reason", letter.code())
                .put("message", letter.message())
                .put("fingerprint", letter.fingerprint())
                .put("stage", letter.stage())
                .put("attempts", letter.attempts())
                .put("origin", letter.origin())
                .put("firstFailedAt", Micros.text(letter.firstFailedMicros()))
                .put("diedAt", Micros.text(letter.diedMicros()))
                .put("state", lower(letter.state()))
                .put("revision", letter.revision())
                .put("act", letter.act() == 0 ? null : letter.act())
                .put("sequel", letter.sequel() == null ? null : lower(letter.sequel()));
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Buffer buffer(ObjectNode json) {
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
