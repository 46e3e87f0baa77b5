package io.millrace.sinks.message;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.delivery.ClientMessage;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An event on its way out. Belongs to one event loop. */
public final class SinkMessage {
    /** What templates, mappings and filters may name. */
    public static final Set<String> NAMES =
            Set.of("id", "type", "source", "timestamp", "priority", "stream", "key", "position", "data.", "metadata.");

    private final ClientMessage message;
    private final Position position;
    private final byte[] line;
    private final String shownPosition;
    private final String key;
    private @Nullable ObjectNode document;

    /**
     * @param line as subscribers get it
     * @param shownPosition the position in the line
     * @param key the key of a keyed stream, the name of any other
     */
    SinkMessage(ClientMessage message, Position position, byte[] line, String shownPosition, String key) {
        this.message = message;
        this.position = position;
        this.line = line;
        this.shownPosition = shownPosition;
        this.key = key;
    }

    public Event event() {
        return message.event();
    }

    public Position position() {
        return position;
    }

    /** The position as the sink's principal may see it: sealed, where it sees only a part of the stream. */
    public String shownPosition() {
        return shownPosition;
    }

    /** One line of JSON, as subscribers get it; never modified. */
    public byte[] line() {
        return line;
    }

    /** What templates, mappings and filters read. */
    public ObjectNode document() {
        ObjectNode known = document;
        if (known == null) {
            Event event = message.event();
            known = JsonNodeFactory.instance.objectNode();
            known.put("id", event.id())
                    .put("type", event.type())
                    .put("source", event.source())
                    .put("timestamp", Micros.text(event.timeMicros()))
                    .put("priority", event.priority().wire())
                    .put("stream", event.stream())
                    .put("key", key)
                    .put("position", shownPosition);
            known.set("data", read(event.data()));
            known.set("metadata", read(event.metadata()));
            document = known;
        }
        return known;
    }

    /** Content that can't be parsed, like a number out of range, matches nothing. */
    private static ObjectNode read(byte[] json) {
        try {
            return Json.parse(json);
        } catch (MillraceException unreadable) {
            return JsonNodeFactory.instance.objectNode();
        }
    }
}
