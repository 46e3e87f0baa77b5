package io.millrace.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.MillraceException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as its sender wrote it, in whatever form, before anything was checked against a pack. Lives from reading to
 * {@link EventChecks}, on one event loop.
 */
final class Draft {
    @Nullable
    String id;

    @Nullable
    String type;

    @Nullable
    String source;

    @Nullable
    String timestamp;

    @Nullable
    JsonNode data;

    byte @Nullable [] dataBytes;

    @Nullable
    JsonNode metadata;

    /** Of a CloudEvent, the attributes as they were read. */
    final Map<String, JsonNode> attributes = new HashMap<>(0);

    /** What was wrong with the envelope already; the event is refused with it. */
    @Nullable
    MillraceException wrong;

    static Draft unreadable(MillraceException wrong) {
        Draft draft = new Draft();
        draft.wrong = wrong;
        return draft;
    }

    /** CloudEvents says in attributes what our own form says in {@code metadata}. */
    void meta(String name, JsonNode value) {
        ObjectNode object = metadata instanceof ObjectNode known ? known : JsonNodeFactory.instance.objectNode();
        object.set(name, value);
        metadata = object;
    }
}
