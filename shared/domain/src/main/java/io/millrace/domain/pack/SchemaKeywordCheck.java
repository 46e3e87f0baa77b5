package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds mistakes that JSON Schema itself ignores: unknown keywords, formats that aren't checked, required fields that
 * aren't among the properties, references that are broken or lead out of the pack.
 */
final class SchemaKeywordCheck {
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Keywords that hold a schema for a value within this one. */
    private static final Set<String> INNER = Set.of(
            "items",
            "contains",
            "additionalProperties",
            "unevaluatedProperties",
            "unevaluatedItems",
            "propertyNames",
            "contentSchema");
    /** Keywords that hold such schemas by name. */
    private static final Set<String> INNER_BY_NAME = Set.of("properties", "patternProperties");

    private static final Set<String> DEFINITIONS = Set.of("$defs", "definitions");
    /** Keywords that hold a schema for this same value. */
    private static final Set<String> SAME = Set.of("not", "if", "then", "else");

    private static final Set<String> SAME_LISTED = Set.of("allOf", "anyOf", "oneOf");
    private static final Set<String> OTHERS = Set.of(
            "prefixItems",
            "dependentSchemas",
            "required",
            "dependentRequired",
            "format",
            "$ref",
            "$dynamicRef",
            "$schema");
    /** Keywords that need no further check. */
    private static final Set<String> PLAIN = Set.of(
            "$id",
            "$anchor",
            "$dynamicAnchor",
            "$vocabulary",
            "$comment",
            "type",
            "const",
            "enum",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "maxContains",
            "minContains",
            "maxProperties",
            "minProperties",
            "contentEncoding",
            "contentMediaType",
            "title",
            "description",
            "default",
            "deprecated",
            "readOnly",
            "writeOnly",
            "examples");

    private static final Set<String> KNOWN = known();

    /** The formats that the validator checks. */
    private static final List<String> FORMATS = List.of(
            "date-time",
            "date",
            "time",
            "duration",
            "email",
            "idn-email",
            "hostname",
            "idn-hostname",
            "ipv4",
            "ipv6",
            "uri",
            "uri-reference",
            "iri",
            "iri-reference",
            "uuid",
            "uri-template",
            "json-pointer",
            "relative-json-pointer",
            "regex");

    private final SchemaFields fields;
    private final List<ConfigurationError> problems;

    private SchemaKeywordCheck(JsonNode root, List<ConfigurationError> problems) {
        this.fields = new SchemaFields(root);
        this.problems = problems;
    }

    /** Collects the mistakes of a type's schema. */
    static void check(YamlNode schema, List<ConfigurationError> problems) {
        new SchemaKeywordCheck(schema.node(), problems).schema(schema, List.of());
    }

    /** @param around the outer schemas that describe the same value */
    private void schema(YamlNode schema, List<JsonNode> around) {
        if (!schema.node().isObject()) {
            return;
        }
        List<JsonNode> same = new ArrayList<>(around);
        same.addAll(fields.parts(schema.node()));
        for (YamlNode at : schema.children()) {
            String keyword = at.key();
            if (INNER.contains(keyword)) {
                schema(at, List.of());
            } else if (INNER_BY_NAME.contains(keyword) || keyword.equals("prefixItems")) {
                at.children().forEach(inner -> schema(inner, List.of()));
            } else if (DEFINITIONS.contains(keyword)) {
                // The schema that refers to this one may declare the fields that it requires.
                at.children().forEach(inner -> schema(inner, List.of(at.node())));
            } else if (SAME.contains(keyword)) {
                schema(at, same);
            } else if (SAME_LISTED.contains(keyword) || keyword.equals("dependentSchemas")) {
                at.children().forEach(one -> schema(one, same));
            } else if (OTHERS.contains(keyword)) {
                value(keyword, at, same);
            } else if (!PLAIN.contains(keyword) && !keyword.startsWith("x-")) {
                problems.add(at.problem(
                        "is not a keyword of JSON Schema 2020-12 (own annotations begin with x-)",
                        Suggestions.closest(keyword, KNOWN)));
            }
        }
    }

    private void value(String keyword, YamlNode at, List<JsonNode> same) {
        switch (keyword) {
            case "required" -> required(at, same);
            case "dependentRequired" ->
                at.children().forEach(names -> {
                    name(names, names.key(), same);
                    required(names, same);
                });
            case "format" -> {
                if (at.node().isTextual() && !FORMATS.contains(at.node().textValue())) {
                    problems.add(at.problem(
                            at.shown() + " is not a format that is checked: " + String.join(", ", FORMATS),
                            Suggestions.closest(at.node().textValue(), FORMATS)));
                }
            }
            case "$schema" -> {
                if (!DIALECT.equals(at.node().asText().replaceFirst("#$", ""))) {
                    problems.add(at.problem(at.shown() + " is another JSON Schema; packs are written in " + DIALECT));
                }
            }
            default -> reference(at);
        }
    }

    private void required(YamlNode list, List<JsonNode> same) {
        list.children().stream()
                .filter(name -> list.node().isArray() && name.node().isTextual())
                .forEach(name -> name(name, name.node().textValue(), same));
    }

    private void name(YamlNode at, String name, List<JsonNode> same) {
        boolean there = SchemaFields.isOpen(same)
                || same.stream()
                        .anyMatch(part -> !SchemaFields.children(part, name).isEmpty());
        if (!there) {
            Set<String> names = SchemaFields.names(same);
            problems.add(at.problem(
                    "\"" + name + "\" is required, but not among the properties", Suggestions.closest(name, names)));
        }
    }

    private void reference(YamlNode at) {
        String reference = at.node().asText();
        if (!reference.startsWith("#")) {
            problems.add(at.problem(at.shown()
                    + " points outside the schema; only references within it, like #/$defs/…, are followed"));
        } else if (fields.resolve(reference) == null) {
            problems.add(at.problem(at.shown() + " points to nothing in the schema"));
        }
    }

    private static Set<String> known() {
        Set<String> known = new LinkedHashSet<>(PLAIN);
        for (Set<String> more : List.of(INNER, INNER_BY_NAME, DEFINITIONS, SAME, SAME_LISTED, OTHERS)) {
            known.addAll(more);
        }
        return known;
    }
}
