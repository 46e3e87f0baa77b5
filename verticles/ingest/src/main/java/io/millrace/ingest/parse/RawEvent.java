package io.millrace.ingest.parse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.MillraceException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as its sender wrote it, in any form, before validation against a pack. Lives until {@code EventValidator},
 * on one event loop.
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

    /** The trace of the request that brought it; unchecked. That of its own metadata counts more. */
    @Nullable
    public String traceparent;

    /** The attributes of a CloudEvent. */
    public final Map<String, JsonNode> attributes = new HashMap<>(0);

    /** The mistakes in the envelope, with which the event is refused. */
    @Nullable
    public MillraceException wrong;

    public static RawEvent unreadable(MillraceException wrong) {
        RawEvent draft = new RawEvent();
        draft.wrong = wrong;
        return draft;
    }

    /** CloudEvents has as attributes what the native form has in {@code metadata}. */
    void meta(String name, JsonNode value) {
        ObjectNode object = metadata instanceof ObjectNode known ? known : JsonNodeFactory.instance.objectNode();
        object.set(name, value);
        metadata = object;
    }
}
