package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the expressions and conditions of a mapping file. Mistakes are added to the list of problems and read as if they weren't
 * there; the names that are used are collected for {@link Mapping#checkColumns}. Belongs to one thread.
 */
final class ExpressionReader {
    private static final Pattern NAME = Pattern.compile("\\{([^{}]*)}");
    private static final List<String> OPERATORS =
            List.of("column", "sum", "add", "multiply", "negate", "round", "choose", "each");
    private static final List<String> TESTS = List.of("is", "prefix", "empty", "not", "above", "below");
    private static final Expression NONE = new Expression.Literal(Expression.JSON.nullNode());
    private static final int MAX_SCALE = 12;

    private final List<ConfigurationError> problems;
    private final List<Mapping.Reference> references = new ArrayList<>();

    ExpressionReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    List<Mapping.Reference> references() {
        return references;
    }

    /** Reads a text as a template, an object with an operator as that operation, any other object field by field. */
    Expression expression(YamlNode place) {
        JsonNode node = place.node();
        if (node.isTextual()) {
            return template(place);
        }
        if (node.isArray()) {
            problems.add(place.problem("a list; a list of rows is written { each: … }"));
            return NONE;
        }
        if (!node.isObject()) {
            return new Expression.Literal(node.isNumber() ? Expression.JSON.numberNode(node.decimalValue()) : node);
        }
        for (String operator : OPERATORS) {
            if (node.has(operator)) {
                return operation(operator, place);
            }
        }
        Map<String, Expression> fields = new LinkedHashMap<>();
        place.children().forEach(child -> fields.put(child.key(), expression(child)));
        return new Expression.ObjectOf(fields);
    }

    private Expression operation(String operator, YamlNode place) {
        YamlNode operand = place.at(operator);
        switch (operator) {
            case "column" -> block(place, "column", "as", "optional");
            case "sum", "add", "multiply", "negate", "round" -> block(place, operator, "scale");
            default -> block(place, operator);
        }
        return switch (operator) {
            case "column" ->
                new Expression.Column(name(operand), columnType(place.at("as")), flag(place.at("optional")));
            case "sum" -> rounded(new Expression.Sum(number(operand)), place);
            case "add" -> rounded(Expression.Arithmetic.add(numbers(operand)), place);
            case "multiply" -> rounded(Expression.Arithmetic.multiply(numbers(operand)), place);
            case "negate" -> rounded(new Expression.Negate(number(operand)), place);
            case "round" -> rounded(number(operand), place);
            case "choose" ->
                new Expression.Choose(list(operand).stream().map(this::branch).toList());
            default -> new Expression.ForEachRow(expression(operand));
        };
    }

    private Expression.Choose.Branch branch(YamlNode place) {
        block(place, "when", "then");
        return new Expression.Choose.Branch(condition(place.at("when")), expression(place.at("then")));
    }

    /** Reads an operand of arithmetic, where a bare word is the name of a column. */
    private Expression number(YamlNode place) {
        return place.node().isTextual()
                ? new Expression.Column(name(place), Expression.ColumnType.DECIMAL, false)
                : expression(place);
    }

    private List<Expression> numbers(YamlNode place) {
        return list(place).stream().map(this::number).toList();
    }

    private Expression rounded(Expression value, YamlNode place) {
        YamlNode scale = place.at("scale");
        return scale.empty() ? value : new Expression.Round(value, integer(scale, 0, MAX_SCALE));
    }

    Expression.Template requiredTemplate(YamlNode place) {
        if (!place.node().isTextual() || place.node().textValue().isBlank()) {
            problems.add(place.problem(place.empty() ? "is missing" : place.shown() + " where a text belongs"));
            return new Expression.Template(List.of(""));
        }
        return template(place);
    }

    private Expression.Template template(YamlNode place) {
        String text = place.node().textValue();
        List<String> parts = new ArrayList<>();
        int from = 0;
        Matcher names = NAME.matcher(text);
        while (names.find()) {
            parts.add(text.substring(from, names.start()));
            parts.add(reference(names.group(1), place));
            from = names.end();
        }
        parts.add(text.substring(from));
        return new Expression.Template(parts);
    }

    /** Reads the tests of the named columns; without any, the condition always matches. */
    Condition condition(YamlNode place) {
        if (place.empty()) {
            return Condition.ALWAYS;
        }
        if (!place.node().isObject()) {
            problems.add(place.problem(place.shown() + " where a block of columns and tests belongs"));
            return Condition.ALWAYS;
        }
        Map<String, Condition.Test> tests = new LinkedHashMap<>();
        place.children().forEach(child -> tests.put(reference(child.key(), child), test(child)));
        return new Condition(tests);
    }

    private Condition.Test test(YamlNode place) {
        JsonNode node = place.node();
        if (node.isArray()) {
            return new Condition.OneOf(place.children().stream().map(this::test).toList());
        }
        if (!node.isObject()) {
            return new Condition.Is(node);
        }
        if (!block(place, TESTS.toArray(String[]::new)) || node.size() != 1) {
            if (node.size() != 1) {
                problems.add(place.problem("one test belongs here: " + String.join(", ", TESTS)));
            }
            return new Condition.Is(node);
        }
        YamlNode operand = place.children().get(0);
        return switch (operand.key()) {
            case "prefix" -> new Condition.Prefix(operand.node().asText());
            case "empty" -> new Condition.Empty(flag(operand));
            case "not" -> new Condition.Not(test(operand));
            case "above" -> bound(operand, Condition.Above::new);
            case "below" -> bound(operand, Condition.Below::new);
            default -> new Condition.Is(operand.node());
        };
    }

    private Condition.Test bound(YamlNode place, Function<BigDecimal, Condition.Test> test) {
        if (!place.node().isNumber()) {
            problems.add(place.problem(place.shown() + " where a number belongs"));
        }
        return test.apply(place.node().decimalValue());
    }

    private Expression.ColumnType columnType(YamlNode place) {
        if (place.empty()) {
            return Expression.ColumnType.TEXT;
        }
        List<String> names = new ArrayList<>();
        for (Expression.ColumnType type : Expression.ColumnType.values()) {
            String name = type.name().toLowerCase(Locale.ROOT);
            if (name.equals(place.node().asText())) {
                return type;
            }
            names.add(name);
        }
        problems.add(place.problem(
                place.shown() + " where one of " + String.join(", ", names) + " belongs",
                Suggestions.closest(place.node().asText(), names)));
        return Expression.ColumnType.TEXT;
    }

    private boolean flag(YamlNode place) {
        if (!place.empty() && !place.node().isBoolean()) {
            problems.add(place.problem(place.shown() + " where true or false belongs"));
        }
        return place.node().asBoolean();
    }

    /** Reads an integer within bounds; if it isn't one, notes that and returns the lower bound. */
    int integer(YamlNode place, int min, int max) {
        JsonNode node = place.node();
        if (!node.isInt() || node.intValue() < min || node.intValue() > max) {
            problems.add(place.problem(place.shown() + " where a number from " + min + " to " + max + " belongs"));
            return min;
        }
        return node.intValue();
    }

    /** Reads the name of a column or value and collects it. */
    String name(YamlNode place) {
        if (!place.node().isTextual()) {
            problems.add(place.problem(place.shown() + " where a column's name belongs"));
            return "";
        }
        return reference(place.node().textValue(), place);
    }

    private String reference(String name, YamlNode place) {
        references.add(new Mapping.Reference(name, place));
        return name;
    }

    /** Reads a text; if there is none, notes that and returns null. */
    @Nullable
    String requiredText(YamlNode place) {
        if (!place.node().isTextual() || place.node().textValue().isBlank()) {
            problems.add(place.problem(place.empty() ? "is missing" : place.shown() + " where a text belongs"));
            return null;
        }
        return place.node().textValue();
    }

    /** Reads the elements of a list; none if nothing stands here; none, and noted, if it isn't a list. */
    List<YamlNode> list(YamlNode place) {
        if (!place.empty() && !place.node().isArray()) {
            problems.add(place.problem(place.shown() + " where a list belongs"));
        }
        return place.node().isArray() ? place.children() : List.of();
    }

    /** Whether an object stands here; if not, and for each unknown key, a problem is noted. */
    boolean block(YamlNode place, String... keys) {
        return YamlObjectReader.of(place, problems, keys) != null;
    }
}
