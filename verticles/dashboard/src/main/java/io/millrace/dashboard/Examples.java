package io.millrace.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.domain.EventType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An event of a type with what its schema asks for, to be sent as it is. Without state. */
final class Examples {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int DEPTH = 8;

    /** What decides about a value in ways that aren't followed here: then there is no example. */
    private static final List<String> BEYOND = List.of(
            "pattern",
            "oneOf",
            "anyOf",
            "allOf",
            "not",
            "if",
            "contains",
            "propertyNames",
            "minProperties",
            "multipleOf",
            "dependentSchemas",
            "$dynamicRef");

    private static final Map<String, String> FORMATS = Map.of(
            "date-time", "2026-01-31T09:30:00Z",
            "date", "2026-01-31",
            "time", "09:30:00Z",
            "email", "ada@example.org",
            "uri", "https://example.org/",
            "uuid", "0192f0c4-5d3e-7a11-8f00-3b1c2d4e5f60");

    private final JsonNode root;

    private Examples(JsonNode root) {
        this.root = root;
    }

    /** Null where the schema is one of those that aren't followed. */
    static @Nullable ObjectNode of(EventType type) {
        JsonNode schema = type.schema();
        JsonNode data = schema == null ? JSON.objectNode() : new Examples(schema).value(schema, "data", 0);
        return data == null ? null : JSON.objectNode().put("type", type.name()).set("data", data);
    }

    private @Nullable JsonNode value(JsonNode given, String name, int depth) {
        JsonNode schema =
                given.has("$ref") ? root.at(given.path("$ref").asText().replaceFirst("^#", "")) : given;
        if (depth > DEPTH || schema.isMissingNode() || BEYOND.stream().anyMatch(schema::has)) {
            return null;
        }
        for (JsonNode known : List.of(
                schema.path("const"),
                schema.path("examples").path(0),
                schema.path("default"),
                schema.path("enum").path(0))) {
            if (!known.isMissingNode()) {
                return known;
            }
        }
        JsonNode types = schema.path("type");
        return switch ((types.isArray() ? types.path(0) : types)
                .asText(schema.has("properties") ? "object" : "string")) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, name, depth);
            case "number", "integer" -> number(schema);
            case "boolean" -> JSON.booleanNode(true);
            case "null" -> JSON.nullNode();
            default -> text(schema, name);
        };
    }

    private @Nullable JsonNode object(JsonNode schema, int depth) {
        ObjectNode object = JSON.objectNode();
        for (JsonNode required : schema.path("required")) {
            String name = required.asText();
            JsonNode value = schema.path("properties").has(name)
                    ? value(schema.path("properties").path(name), name, depth + 1)
                    : JSON.textNode(name + "-1");
            if (value == null) {
                return null;
            }
            object.set(name, value);
        }
        return object;
    }

    private @Nullable JsonNode array(JsonNode schema, String name, int depth) {
        ArrayNode array = JSON.arrayNode();
        for (int i = 0; i < schema.path("minItems").asInt(); i++) {
            JsonNode items = schema.path("prefixItems").has(i)
                    ? schema.path("prefixItems").path(i)
                    : schema.path("items");
            JsonNode value = items.isMissingNode() ? JSON.textNode(name + "-1") : value(items, name, depth + 1);
            if (value == null) {
                return null;
            }
            array.add(value);
        }
        return array;
    }

    private static JsonNode number(JsonNode schema) {
        long least = Math.max(
                schema.path("minimum").asLong(0),
                schema.path("exclusiveMinimum").asLong(0) + 1);
        long most = schema.path("exclusiveMaximum").asLong(Long.MAX_VALUE);
        long largest =
                Math.min(schema.path("maximum").asLong(Long.MAX_VALUE), most == Long.MAX_VALUE ? most : most - 1);
        return JSON.numberNode(Math.min(least, largest));
    }

    private static JsonNode text(JsonNode schema, String name) {
        String text = FORMATS.getOrDefault(schema.path("format").asText(), name + "-1");
        int least = schema.path("minLength").asInt(0);
        String padded = text.length() < least ? text + "x".repeat(least - text.length()) : text;
        return JSON.textNode(padded.substring(
                0, Math.min(padded.length(), schema.path("maxLength").asInt(padded.length()))));
    }
}
