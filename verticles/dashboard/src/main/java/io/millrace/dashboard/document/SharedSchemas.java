package io.millrace.dashboard.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The schemas of events and failures in both documents. Stateless. */
final class SharedSchemas {
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final String SCHEMAS = "#/components/schemas/";

    private SharedSchemas() {}

    /** The static part of a document. */
    static ObjectNode template(String name) {
        try (InputStream file = SharedSchemas.class.getResourceAsStream("/documents/" + name)) {
            return (ObjectNode) YAML.readTree(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** A type's name in the characters that the documents allow. */
    static String key(EventType type) {
        return type.name().replaceAll("[^A-Za-z0-9_-]", ".");
    }

    static ObjectNode object() {
        return YAML.createObjectNode();
    }

    /** The description of a type, from its pack's other declarations. */
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

    /**
     * The schema of an event's data: the pack's schema, with additional properties allowed explicitly, since code
     * generators assume otherwise. A schema with internal references is split into the document's schemas: not every
     * tool resolves references into another schema.
     *
     * @param schemas the document's schemas
     */
    static ObjectNode data(EventType type, ObjectNode schemas) {
        JsonNode schema = type.schema();
        ObjectNode data = schema == null ? object().put("type", "object") : schema.deepCopy();
        open(data);
        if (data.has("$id") || data.findValue("$ref") == null) {
            return data;
        }
        String name = "event." + key(type) + ".data";
        data.findParents("$ref").forEach(node -> rewriteReference((ObjectNode) node, name));
        if (data.remove("$defs") instanceof ObjectNode parts) {
            parts.properties().forEach(part -> schemas.set(part(name, part.getKey()), part.getValue()));
        }
        schemas.set(name, data);
        return object().put("$ref", SCHEMAS + name);
    }

    private static void rewriteReference(ObjectNode node, String name) {
        String ref = node.path("$ref").asText();
        if (ref.startsWith("#/$defs/")) {
            String[] path = ref.substring("#/$defs/".length()).split("/", 2);
            node.put("$ref", SCHEMAS + part(name, path[0]) + (path.length > 1 ? "/" + path[1] : ""));
        } else if (ref.equals("#") || ref.startsWith("#/")) {
            node.put("$ref", SCHEMAS + name + ref.substring(1));
        }
    }

    private static String part(String name, String key) {
        return name + "." + key.replaceAll("[^A-Za-z0-9_-]", ".");
    }

    private static void open(JsonNode node) {
        node.forEach(SharedSchemas::open);
        if (node instanceof ObjectNode schema
                && schema.path("type").asText().equals("object")
                && !schema.has("additionalProperties")
                && !schema.has("unevaluatedProperties")) {
            schema.put("additionalProperties", true);
        }
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
