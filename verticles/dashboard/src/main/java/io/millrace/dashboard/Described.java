package io.millrace.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.contracts.Failure;
import io.millrace.contracts.domain.EntityRule;
import io.millrace.contracts.domain.EventType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What both documents say of events and failures. Without state. */
final class Described {
    private static final YAMLMapper YAML = new YAMLMapper();

    private Described() {}

    /** What a document says that neither the packs nor the program know. */
    static ObjectNode template(String name) {
        try (InputStream file = Described.class.getResourceAsStream("/documents/" + name)) {
            return (ObjectNode) YAML.readTree(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** A type's name as the documents allow one. */
    static String key(EventType type) {
        return type.name().replaceAll("[^A-Za-z0-9_-]", ".");
    }

    static ObjectNode object() {
        return YAML.createObjectNode();
    }

    /** In words, what a pack says of a type besides its schema. */
    static String words(EventType type) {
        StringBuilder words = new StringBuilder("In the stream `" + type.namespace().stream() + "`, of priority `"
                + type.priority().wire() + "`, delivered as `" + type.message().wire() + "`.");
        if (!type.durable()) {
            words.append(" Transient: shown to whoever is there, kept nowhere.");
        }
        if (type.owner() != null) {
            words.append(" `").append(type.owner()).append("` says whose it is.");
        }
        EntityRule entity = type.entity();
        if (entity != null) {
            words.append(
                    switch (entity.apply()) {
                        case PUT -> " Replaces";
                        case MERGE -> " Changes";
                        case DELETE -> " Deletes";
                    });
            words.append(" the ")
                    .append(entity.kind())
                    .append(" `")
                    .append(entity.id())
                    .append("`.");
        }
        return words.toString();
    }

    /** Of an event's data. */
    static JsonNode data(EventType type) {
        JsonNode schema = type.schema();
        if (schema == null) {
            return object().put("type", "object");
        }
        // References inside a schema begin at the schema, wherever it is put.
        return schema.findValue("$ref") == null || schema.has("$id")
                ? schema
                : ((ObjectNode) schema.deepCopy()).put("$id", "urn:millrace:" + key(type));
    }

    /** The stable codes. */
    static ObjectNode codes() {
        ObjectNode schema = object().put("type", "string");
        Arrays.stream(Failure.values()).map(Failure::code).forEach(schema.putArray("enum")::add);
        return schema.put(
                "description",
                "Each with its HTTP status; of those in italics the same may succeed later. "
                        + Arrays.stream(Failure.values())
                                .map(failure -> failure.retryable()
                                        ? "*`" + failure.code() + "`* " + failure.status()
                                        : "`" + failure.code() + "` " + failure.status())
                                .collect(Collectors.joining(", "))
                        + ".");
    }
}
