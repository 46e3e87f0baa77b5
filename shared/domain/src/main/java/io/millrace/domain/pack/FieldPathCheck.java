package io.millrace.domain.pack;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks that the fields that packs refer to are in the schemas of their types, with a fitting type. */
final class FieldPathCheck {
    private static final Set<String> VALUES = Set.of("string", "number", "integer", "boolean");
    private static final Set<String> NUMBERS = Set.of("number", "integer");

    private final List<ConfigurationError> problems;

    FieldPathCheck(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    /** Checks a field with a name or id: a text, a number or a boolean. */
    void name(YamlNode at, @Nullable FieldPath path, Pack.Type type) {
        check(at, path, type, VALUES, "a text, number or boolean");
    }

    /** Checks the field of a KPI. */
    void kpiField(YamlNode at, Kpi.Function function, @Nullable FieldPath path, Pack.Type type) {
        switch (function) {
            case SUM, AVERAGE, MIN, MAX -> check(at, path, type, NUMBERS, "a number");
            case DISTINCT -> check(at, path, type, VALUES, "a text, number or boolean");
            case COUNT -> check(at, path, type, Set.of(), "");
        }
    }

    private void check(YamlNode at, @Nullable FieldPath path, Pack.Type type, Set<String> fitting, String needed) {
        JsonNode schema = type.schema();
        if (path == null || schema == null) {
            return;
        }
        SchemaFields.Found found = new SchemaFields(schema).look(path);
        if (found.wrong() != null) {
            problems.add(at.problem(
                    path + ": " + found.wrong() + " (schema of " + type.name() + " at "
                            + type.place().at("schema").where() + ")",
                    found.suggestion()));
        } else if (!found.types().isEmpty()
                && !fitting.isEmpty()
                && found.types().stream().noneMatch(fitting::contains)) {
            problems.add(at.problem(path + " is " + String.join(" or ", found.types()) + " by the schema of "
                    + type.name() + ", and " + needed + " is needed"));
        }
    }
}
