package io.millrace.contracts.domain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether the fields that packs speak of are in the schemas of their types, and can hold what they are used for. */
final class PathCheck {
    private static final Set<String> VALUES = Set.of("string", "number", "integer", "boolean");
    private static final Set<String> NUMBERS = Set.of("number", "integer");

    private final List<Problem> problems;

    PathCheck(List<Problem> problems) {
        this.problems = problems;
    }

    /** A field that names somebody or something: a text, a number or a boolean. */
    void name(Place at, @Nullable FieldPath path, Pack.Type type) {
        check(at, path, type, VALUES, "a text, number or boolean");
    }

    /** The field of a KPI. */
    void figure(Place at, Kpi.Function function, @Nullable FieldPath path, Pack.Type type) {
        switch (function) {
            case SUM, AVERAGE, MIN, MAX -> check(at, path, type, NUMBERS, "a number");
            case DISTINCT -> check(at, path, type, VALUES, "a text, number or boolean");
            case COUNT -> check(at, path, type, Set.of(), "");
        }
    }

    private void check(Place at, @Nullable FieldPath path, Pack.Type type, Set<String> fitting, String needed) {
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
