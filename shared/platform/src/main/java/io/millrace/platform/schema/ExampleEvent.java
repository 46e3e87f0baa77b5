package io.millrace.platform.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An example event that its type's schema accepts. Immutable.
 *
 * @param data made from the type's schema: its {@code examples} and {@code default}s, or values that fit
 */
public record ExampleEvent(EventType type, ObjectNode data) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int DEPTH = 8;
    private static final Map<String, String> FORMATS = Map.of(
            "date-time", "2026-01-31T09:30:00Z",
            "date", "2026-01-31",
            "time", "09:30:00Z",
            "duration", "PT5M",
            "email", "ann@example.com",
            "hostname", "example.com",
            "ipv4", "192.0.2.1",
            "ipv6", "2001:db8::1",
            "uri", "https://example.com/",
            "uuid", "0192f0c4-7b1a-7000-8000-000000000000");

    /**
     * An example of the type that shows most: durable, in a stream without a key, with an entity.
     *
     * @param user who publishes the event, and owns its entity
     * @return null if there is no example for any type that the role may publish
     */
    public static @Nullable ExampleEvent of(DomainModel domains, String user, String role) {
        SchemaValidator schemas = new SchemaValidator(domains);
        return domains.types().stream()
                .filter(type -> domains.rights().mayPublish(Set.of(role), type))
                .sorted(Comparator.comparingInt(ExampleEvent::shown).reversed())
                .flatMap(type -> Stream.ofNullable(of(type, user, schemas)))
                .findFirst()
                .orElse(null);
    }

    /**
     * The examples of all types that have one, by the type's name.
     *
     * @param user who publishes the events, and owns their entities
     */
    public static SortedMap<String, ExampleEvent> ofEach(DomainModel domains, String user) {
        SchemaValidator schemas = new SchemaValidator(domains);
        SortedMap<String, ExampleEvent> examples = new TreeMap<>();
        for (EventType type : domains.types()) {
            ExampleEvent example = of(type, user, schemas);
            if (example != null) {
                examples.put(type.name(), example);
            }
        }
        return examples;
    }

    /** The event as it is posted. */
    public ObjectNode json() {
        return JSON.objectNode().put("type", type.name()).set("data", data);
    }

    /** Null if the schema doesn't accept the example: the generator doesn't know every keyword. */
    private static @Nullable ExampleEvent of(EventType type, String user, SchemaValidator schemas) {
        ObjectNode data = data(type, user);
        boolean accepted =
                schemas.check(type, data).isEmpty() && type.namespace().stream().resolve(data) != null;
        return accepted ? new ExampleEvent(type, data) : null;
    }

    private static int shown(EventType type) {
        return (type.namespace().stream().keyed() ? 0 : 8)
                + (type.durable() ? 4 : 0)
                + (type.entity() != null ? 2 : 0)
                + (type.priority().compareTo(Priority.HIGH) >= 0 ? 1 : 0);
    }

    private static ObjectNode data(EventType type, String user) {
        JsonNode schema = type.schema() == null ? JSON.objectNode() : type.schema();
        ObjectNode data =
                value(schema, schema, "data", DEPTH) instanceof ObjectNode object ? object : JSON.objectNode();
        put(data, schema, type.namespace().stream().key(), null);
        put(data, schema, type.entity() == null ? null : type.entity().id(), null);
        put(data, schema, type.owner(), user);
        if ("sub".equals(type.namespace().accessClaim())) {
            put(data, schema, type.namespace().stream().key(), user);
        }
        return data;
    }

    /** A field that the pack refers to is always included, required or not. */
    private static void put(ObjectNode data, JsonNode root, @Nullable FieldPath path, @Nullable String text) {
        if (path == null || (text == null && path.text(data) != null)) {
            return;
        }
        ObjectNode here = data;
        JsonNode schema = root;
        List<String> fields = path.fields();
        for (String field : fields.subList(0, fields.size() - 1)) {
            schema = followed(schema.path("properties").path(field), root);
            here = here.get(field) instanceof ObjectNode object ? object : here.putObject(field);
        }
        String last = fields.get(fields.size() - 1);
        if (text != null) {
            here.put(last, text);
            return;
        }
        here.set(last, value(schema.path("properties").path(last), root, last, DEPTH));
    }

    private static JsonNode followed(JsonNode schema, JsonNode root) {
        String reference = schema.path("$ref").asText();
        return reference.startsWith("#/") ? root.at(reference.substring(1)) : schema;
    }

    private static JsonNode value(JsonNode schema, JsonNode root, String name, int depth) {
        JsonNode given = Stream.of(schema.path("const"), schema.path("examples").path(0), schema.path("default"))
                .filter(one -> !one.isMissingNode())
                .findFirst()
                .orElse(schema.path("enum").path(0));
        if (!given.isMissingNode()) {
            return given.deepCopy();
        }
        JsonNode followed = followed(schema, root);
        if (followed != schema && depth > 0) {
            return value(followed, root, name, depth - 1);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.path(choice).has(0) && depth > 0 && !schema.has("properties")) {
                return value(schema.path(choice).path(0), root, name, depth - 1);
            }
        }
        return switch (type(schema)) {
            case "object" -> object(schema, root, depth);
            case "array" -> array(schema, root, name, depth);
            case "integer", "number" -> number(schema);
            case "boolean" -> JSON.booleanNode(true);
            case "null" -> JSON.nullNode();
            default -> text(schema, name);
        };
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            return type.path(0).asText();
        }
        boolean object = schema.has("properties") || schema.has("required") || schema.has("allOf");
        return type.isTextual() ? type.textValue() : object ? "object" : "string";
    }

    private static ObjectNode object(JsonNode schema, JsonNode root, int depth) {
        ObjectNode object = JSON.objectNode();
        if (depth == 0) {
            return object;
        }
        schema.path("allOf").forEach(part -> {
            if (value(part, root, "", depth - 1) instanceof ObjectNode more) {
                object.setAll(more);
            }
        });
        Set<String> fields = new LinkedHashSet<>();
        schema.path("required").forEach(field -> fields.add(field.asText()));
        schema.path("properties").properties().forEach(property -> {
            if (property.getValue().has("examples")) {
                fields.add(property.getKey());
            }
        });
        for (String field : fields) {
            JsonNode property = schema.path("properties").path(field);
            if (!object.has(field) || !property.isMissingNode()) {
                object.set(field, value(property, root, field, depth - 1));
            }
        }
        return object;
    }

    private static ArrayNode array(JsonNode schema, JsonNode root, String name, int depth) {
        ArrayNode array = JSON.arrayNode();
        for (int i = 0; i < schema.path("minItems").asInt() && depth > 0; i++) {
            array.add(value(schema.path("items"), root, name, depth - 1));
        }
        return array;
    }

    private static JsonNode number(JsonNode schema) {
        long least = (long) Math.ceil(schema.path("minimum").asDouble(1));
        if (schema.has("exclusiveMinimum")) {
            least = Math.max(
                    least, (long) Math.floor(schema.path("exclusiveMinimum").asDouble()) + 1);
        }
        if (schema.has("maximum")) {
            least = Math.min(least, (long) Math.floor(schema.path("maximum").asDouble()));
        }
        if (schema.has("exclusiveMaximum")) {
            least = Math.min(
                    least, (long) Math.ceil(schema.path("exclusiveMaximum").asDouble()) - 1);
        }
        long step = schema.path("multipleOf").asLong(1);
        return JSON.numberNode(step > 1 ? Math.floorDiv(least + step - 1, step) * step : least);
    }

    private static JsonNode text(JsonNode schema, String name) {
        String format = FORMATS.get(schema.path("format").asText());
        if (format != null) {
            return JSON.textNode(format);
        }
        String text =
                name.endsWith("Id") && name.length() > 2 ? name.substring(0, name.length() - 2) + "-1" : name + "-1";
        text = text + "x".repeat(Math.max(0, schema.path("minLength").asInt() - text.length()));
        int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        return JSON.textNode(text.length() > most ? text.substring(0, most) : text);
    }
}
