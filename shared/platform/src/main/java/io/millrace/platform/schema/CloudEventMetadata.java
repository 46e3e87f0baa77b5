package io.millrace.platform.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.failure.MillraceException;
import java.util.Set;
import java.util.function.BiConsumer;

/** The attributes of CloudEvents 1.0 that are an event's {@code metadata}, the same on every way in. */
public final class CloudEventMetadata {
    private static final Set<String> CORE =
            Set.of("specversion", "id", "source", "type", "time", "subject", "dataschema", "datacontenttype", "data");

    private CloudEventMetadata() {}

    /**
     * Reads an attribute. Core attributes and unknown extensions are no metadata, as the specification allows.
     *
     * @param metadata gets the member's name and value
     * @throws MillraceException an extension is neither a string nor a boolean nor an integer of 32 bits
     */
    public static void read(String attribute, JsonNode value, BiConsumer<String, JsonNode> metadata) {
        if (CORE.contains(attribute)) {
            return;
        }
        if (!value.isTextual() && !value.isBoolean() && !(value.isIntegralNumber() && value.canConvertToInt())) {
            throw MillraceException.invalidEvent(
                    "/" + attribute, "must be a string, a boolean or an integer of 32 bits");
        }
        switch (attribute) {
            case "category", "traceparent" -> metadata.accept(attribute, value);
            case "priority" -> metadata.accept(attribute, number(value));
            case "tags" -> metadata.accept(attribute, tags(value));
            case "expiresat" -> metadata.accept("expiresAt", value);
            case "expectedversion" -> metadata.accept("expectedVersion", number(value));
            default -> {}
        }
    }

    /** Attributes are scalars, so several tags are one string, separated by commas. */
    private static JsonNode tags(JsonNode value) {
        if (!value.isTextual()) {
            return value;
        }
        var list = JsonNodeFactory.instance.arrayNode();
        for (String tag : value.asText().split(",", -1)) {
            list.add(tag.strip());
        }
        return list;
    }

    private static JsonNode number(JsonNode value) {
        return value.isTextual() && value.asText().matches("\\d{1,18}")
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(value.asText()))
                : value;
    }
}
