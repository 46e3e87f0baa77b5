package io.millrace.api.sink;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Commands about sinks and what they keep as JSON, read and written. Stateless. */
final class SinkJson {
    private static final int MAX_NAME = 256;

    private SinkJson() {}

    /** {@code {"sink": …}}. */
    static SinkCommand enable(byte[] body, String by) {
        return SinkCommand.enable(name(object(body, Set.of("sink")), "sink"), by);
    }

    /** {@code {"sink": …}}, with {@code ids} if not all are meant. */
    static SinkCommand redrive(byte[] body, String by) {
        JsonNode json = object(body, Set.of("sink", "ids"));
        return SinkCommand.redrive(name(json, "sink"), ClientJson.ids(json), by);
    }

    /** {@code {"sink": …, "stream": …}}, with {@code position} or {@code time}. */
    static SinkCommand replay(byte[] body, String by) {
        JsonNode json = object(body, Set.of("sink", "stream", "position", "time"));
        String sink = name(json, "sink");
        String stream = name(json, "stream");
        if (json.has("position") == json.has("time")) {
            throw bad("name a position, after which the replay begins, or a time");
        }
        if (json.has("time")) {
            return SinkCommand.replay(sink, stream, null, Parameters.micros("time", name(json, "time"), 0), by);
        }
        Position position = Position.parse(name(json, "position"));
        if (position == null) {
            throw bad("position must be one like k3x:120; one that is sealed is only for who was sent it");
        }
        return SinkCommand.replay(sink, stream, position, 0, by);
    }

    private static JsonNode object(byte[] body, Set<String> known) {
        JsonNode json = ClientJson.object("the body", body);
        ClientJson.known(json, known);
        return json;
    }

    private static String name(JsonNode json, String member) {
        JsonNode name = json.path(member);
        String text = name.isTextual() ? name.textValue() : "";
        if (text.isEmpty() || text.length() > MAX_NAME || !Characters.isPrintable(text)) {
            throw bad(member + " must be text of 1 to " + MAX_NAME + " characters, none of them control");
        }
        return text;
    }

    /** @param more whether there may be events behind these */
    static JsonObject page(SinkPage page, boolean more) {
        SinkPage.Counts counts = page.sinks().get(0);
        JsonArray dead = new JsonArray();
        page.dead()
                .forEach(event -> dead.add(new JsonObject()
                        .put("id", event.id())
                        .put("stream", event.stream())
                        .put("position", event.position().toString())
                        .put("attempts", event.attempts())
                        .put("since", Micros.text(TimeUnit.MILLISECONDS.toMicros(event.sinceMs())))
                        .put("error", event.error())));
        JsonObject json = new JsonObject()
                .put("sink", counts.sink())
                .put("all", counts.dead())
                .put("dead", dead);
        int last = page.dead().size() - 1;
        return more && last >= 0 ? json.put("next", page.dead().get(last).id()) : json;
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, why);
    }
}
