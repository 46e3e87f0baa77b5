package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.FieldPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event's data by its JSON Schema. A schema that declares fields declares all that a pack may refer
 * to, unless it allows others: {@code additionalProperties: true}, or a schema for them. One that declares none allows
 * all.
 */
final class SchemaFields {
    private static final List<String> ALTERNATIVES = List.of("allOf", "anyOf", "oneOf");
    private static final List<String> CONDITIONS = List.of("if", "then", "else");
    private static final List<String> REST = List.of("additionalProperties", "unevaluatedProperties");

    private final JsonNode root;

    SchemaFields(JsonNode root) {
        this.root = root;
    }

    /**
     * @param types the types that the schema allows for the field; empty if it doesn't restrict them
     * @param wrong why there is no such field; null if the field exists
     * @param suggestion what was probably meant
     */
    record Found(Set<String> types, @Nullable String wrong, @Nullable String suggestion) {}

    /** Looks a field up. */
    Found look(FieldPath path) {
        List<JsonNode> here = parts(root);
        StringBuilder walked = new StringBuilder("data");
        for (String field : path.fields()) {
            Set<String> types = types(here);
            if (!types.isEmpty() && !types.contains("object")) {
                return new Found(types, walked + " is " + String.join(" or ", types) + ", which has no fields", null);
            }
            List<JsonNode> next = new ArrayList<>();
            for (JsonNode part : here) {
                next.addAll(children(part, field));
            }
            if (next.isEmpty()) {
                if (isOpen(here)) {
                    return new Found(Set.of(), null, null);
                }
                Set<String> names = names(here);
                String nearest = Suggestions.closest(field, names);
                return new Found(
                        Set.of(),
                        "the schema has no " + walked + "." + field + " but "
                                + (names.isEmpty() ? "no field at all" : String.join(", ", names)),
                        nearest == null ? null : corrected(path, walked.toString(), nearest));
            }
            here = next.stream().flatMap(child -> parts(child).stream()).toList();
            walked.append('.').append(field);
        }
        return new Found(types(here), null, null);
    }

    private static String corrected(FieldPath path, String walked, String nearest) {
        String rest = path.toString();
        int behind = rest.indexOf('.', walked.length() + 1);
        return walked + "." + nearest + (behind < 0 ? "" : rest.substring(behind));
    }

    /** Whether the schema allows fields that it doesn't declare. */
    static boolean isOpen(List<JsonNode> parts) {
        boolean named = false;
        boolean closed = false;
        for (JsonNode part : parts) {
            named |= part.path("properties").size() > 0 || part.has("patternProperties");
            for (String rest : REST) {
                JsonNode others = part.path(rest);
                if (others.isObject() || (others.isBoolean() && others.booleanValue())) {
                    return true;
                }
                closed |= others.isBoolean();
            }
        }
        return !named && !closed;
    }

    /** The declared fields. */
    static Set<String> names(List<JsonNode> parts) {
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode part : parts) {
            part.path("properties").fieldNames().forEachRemaining(names::add);
        }
        return names;
    }

    /** The schemas of {@code part} for a field of this name. */
    static List<JsonNode> children(JsonNode part, String field) {
        List<JsonNode> children = new ArrayList<>();
        JsonNode named = part.path("properties").get(field);
        if (named != null) {
            children.add(named);
        }
        part.path("patternProperties").properties().forEach(pattern -> {
            if (finds(pattern.getKey(), field)) {
                children.add(pattern.getValue());
            }
        });
        return children;
    }

    private static boolean finds(String pattern, String field) {
        try {
            return Pattern.compile(pattern).matcher(field).find();
        } catch (PatternSyntaxException noPattern) {
            // Reported by the check of schemas.
            return true;
        }
    }

    private static Set<String> types(List<JsonNode> parts) {
        Set<String> types = new LinkedHashSet<>();
        for (JsonNode part : parts) {
            JsonNode type = part.path("type");
            if (type.isTextual()) {
                types.add(type.textValue());
            }
            type.forEach(one -> types.add(one.asText()));
        }
        return types;
    }

    /** A schema with all others that describe the same value. */
    List<JsonNode> parts(JsonNode schema) {
        List<JsonNode> parts = new ArrayList<>();
        collect(schema, parts, Collections.newSetFromMap(new IdentityHashMap<>()));
        return parts;
    }

    private void collect(@Nullable JsonNode schema, List<JsonNode> parts, Set<JsonNode> seen) {
        if (schema == null || !seen.add(schema)) {
            return;
        }
        parts.add(schema);
        for (String reference : List.of("$ref", "$dynamicRef")) {
            JsonNode target = schema.path(reference);
            collect(target.isTextual() ? resolve(target.textValue()) : null, parts, seen);
        }
        ALTERNATIVES.forEach(key -> schema.path(key).forEach(one -> collect(one, parts, seen)));
        CONDITIONS.forEach(key -> collect(schema.get(key), parts, seen));
        schema.path("dependentSchemas").forEach(one -> collect(one, parts, seen));
    }

    /** The target of a reference within the schema; null if it is broken or leads elsewhere. */
    @Nullable
    JsonNode resolve(String reference) {
        if (reference.equals("#")) {
            return root;
        }
        if (reference.startsWith("#/")) {
            JsonNode target = root.at(reference.substring(1));
            return target.isMissingNode() ? null : target;
        }
        return reference.startsWith("#") ? anchored(root, reference.substring(1)) : null;
    }

    private static @Nullable JsonNode anchored(JsonNode node, String name) {
        if (name.equals(node.path("$anchor").textValue())
                || name.equals(node.path("$dynamicAnchor").textValue())) {
            return node;
        }
        for (JsonNode child : node) {
            JsonNode found = anchored(child, name);
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
