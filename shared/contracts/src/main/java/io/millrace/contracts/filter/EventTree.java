package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;

/** An event as filters test it. */
public final class EventTree {
    private EventTree() {}

    public static ObjectNode of(Event event) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("id", event.id())
                .put("type", event.type())
                .put("source", event.source())
                .put("priority", event.priority().wire());
        tree.set("data", read(event.data()));
        tree.set("metadata", read(event.metadata()));
        return tree;
    }

    /** Content that can't be parsed, like a number out of range, matches nothing. */
    public static ObjectNode read(byte[] json) {
        try {
            return Json.parse(json);
        } catch (MillraceException unreadable) {
            return JsonNodeFactory.instance.objectNode();
        }
    }
}
