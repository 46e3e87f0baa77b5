package io.millrace.sources.intake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Json;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.tracing.TraceParent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The trace of a message, in the header in which Kafka's and HTTP's clients send it. Stateless. */
public final class SourceTrace {
    /** The message's attribute that is this header. */
    public static final String ATTRIBUTE = "#header." + TraceParent.NAME;

    private SourceTrace() {}

    /** The trace of a message; null if it has none. */
    public static @Nullable TraceParent of(SourceMessage message) {
        return TraceParent.parse(message.attributes().get(ATTRIBUTE));
    }

    /** What a message becomes, as {@link ConfiguredSource#map}; its events belong to its trace, unless they say another. */
    public static DocumentMapping.Result map(ConfiguredSource from, SourceMessage message) {
        DocumentMapping.Result result = from.map(message);
        TraceParent trace = of(message);
        return trace == null
                ? result
                : new DocumentMapping.Result(
                        result.skipped(),
                        result.events().stream().map(event -> in(trace, event)).toList());
    }

    private static MappedEvent in(TraceParent trace, MappedEvent event) {
        ObjectNode json = Json.parse(event.json());
        JsonNode own = json.path("metadata");
        if (own.has(TraceParent.NAME) || !(own.isObject() || own.isMissingNode())) {
            return event;
        }
        json.withObjectProperty("metadata").put(TraceParent.NAME, trace.text());
        byte[] bytes = Json.text(json).getBytes(StandardCharsets.UTF_8);
        return new MappedEvent(event.id(), event.type(), event.timestamp(), event.form(), bytes);
    }
}
