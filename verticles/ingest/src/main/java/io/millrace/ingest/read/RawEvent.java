package io.millrace.ingest.read;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.MillraceException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as its sender wrote it, in whatever form, before anything was checked against a pack. Lives from reading to
 * {@code EventValidator}, on one event loop.
 */
public final class RawEvent {
    @Nullable
    public String id;

    @Nullable
    public String type;

    @Nullable
    public String source;

    @Nullable
    public String timestamp;

    @Nullable
    public JsonNode data;

    public byte @Nullable [] dataBytes;

    @Nullable
    public JsonNode metadata;

    /** Of a CloudEvent, the attributes as they were read. */
    public final Map<String, JsonNode> attributes = new HashMap<>(0);

    /** What was wrong with the envelope already; the event is refused with it. */
    @Nullable
    public MillraceException wrong;

    public static RawEvent unreadable(MillraceException wrong) {
        RawEvent draft = new RawEvent();
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
