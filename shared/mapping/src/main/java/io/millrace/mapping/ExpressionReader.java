package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
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

/** Reads the values and conditions of a mapping file; notes what is wrong, and each name that is used. */
final class ExpressionReader {
    private static final Pattern NAME = Pattern.compile("\\{([^{}]*)}");
    private static final List<String> OPERATORS =
            List.of("column", "sum", "multiply", "negate", "round", "choose", "each");
    private static final List<String> TESTS = List.of("is", "prefix", "empty", "not", "above", "below");
    private static final Value NOTHING = new Value.Literal(Value.JSON.nullNode());
    private static final int MOST_DECIMALS = 12;

    private final List<ConfigurationError> problems;
    private final List<Mapping.Reference> references = new ArrayList<>();

    ExpressionReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    List<Mapping.Reference> references() {
        return references;
    }

    /** Text is a template, a block with an operator is worked out, any other block is an object. */
    Value value(YamlNode place) {
        JsonNode node = place.node();
        if (node.isTextual()) {
            return template(place);
        }
        if (node.isArray()) {
            problems.add(place.problem("a list; a list of rows is written { each: … }"));
            return NOTHING;
        }
        if (!node.isObject()) {
            return new Value.Literal(node.isNumber() ? Value.JSON.numberNode(node.decimalValue()) : node);
        }
        for (String operator : OPERATORS) {
            if (node.has(operator)) {
                return operation(operator, place);
            }
        }
        Map<String, Value> fields = new LinkedHashMap<>();
        place.children().forEach(child -> fields.put(child.key(), value(child)));
        return new Value.Fields(fields);
    }

    private Value operation(String operator, YamlNode place) {
        YamlNode operand = place.at(operator);
        switch (operator) {
            case "column" -> block(place, "column", "as", "optional");
            case "sum", "multiply", "negate", "round" -> block(place, operator, "scale");
            default -> block(place, operator);
        }
        return switch (operator) {
            case "column" -> new Value.Column(name(operand), as(place.at("as")), flag(place.at("optional")));
            case "sum" -> rounded(new Value.Sum(number(operand)), place);
            case "multiply" ->
                rounded(
                        new Value.Multiply(
                                list(operand).stream().map(this::number).toList()),
                        place);
            case "negate" -> rounded(new Value.Negate(number(operand)), place);
            case "round" -> rounded(number(operand), place);
            case "choose" ->
                new Value.Choose(list(operand).stream().map(this::branch).toList());
            default -> new Value.Each(value(operand));
        };
    }

    private Value.Choose.Branch branch(YamlNode place) {
        block(place, "when", "then");
        return new Value.Choose.Branch(condition(place.at("when")), value(place.at("then")));
    }

    /** In arithmetic a word is a column's name. */
    private Value number(YamlNode place) {
        return place.node().isTextual() ? new Value.Column(name(place), Value.As.DECIMAL, false) : value(place);
    }

    private Value rounded(Value value, YamlNode place) {
        YamlNode scale = place.at("scale");
        return scale.empty() ? value : new Value.Rounded(value, integer(scale, 0, MOST_DECIMALS));
    }

    Value.Template requiredTemplate(YamlNode place) {
        if (!place.node().isTextual() || place.node().textValue().isBlank()) {
            problems.add(place.problem(place.empty() ? "is missing" : place.shown() + " where a text belongs"));
            return new Value.Template(List.of(""));
        }
        return template(place);
    }

    private Value.Template template(YamlNode place) {
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
        return new Value.Template(parts);
    }

    /** All of the named columns' tests; always, if nothing stands here. */
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

    private Value.As as(YamlNode place) {
        if (place.empty()) {
            return Value.As.TEXT;
        }
        List<String> names = new ArrayList<>();
        for (Value.As as : Value.As.values()) {
            String name = as.name().toLowerCase(Locale.ROOT);
            if (name.equals(place.node().asText())) {
                return as;
            }
            names.add(name);
        }
        problems.add(place.problem(
                place.shown() + " where one of " + String.join(", ", names) + " belongs",
                Suggestions.closest(place.node().asText(), names)));
        return Value.As.TEXT;
    }

    private boolean flag(YamlNode place) {
        if (!place.empty() && !place.node().isBoolean()) {
            problems.add(place.problem(place.shown() + " where true or false belongs"));
        }
        return place.node().asBoolean();
    }

    /** A whole number within its bounds; the lower bound, and noted, if it isn't one. */
    int integer(YamlNode place, int least, int most) {
        JsonNode node = place.node();
        if (!node.isInt() || node.intValue() < least || node.intValue() > most) {
            problems.add(place.problem(place.shown() + " where a number from " + least + " to " + most + " belongs"));
            return least;
        }
        return node.intValue();
    }

    /** The name of a column or value, which {@link Mapping#check} looks for. */
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

    /** Null, and noted, if no text stands here. */
    @Nullable
    String requiredText(YamlNode place) {
        if (!place.node().isTextual() || place.node().textValue().isBlank()) {
            problems.add(place.problem(place.empty() ? "is missing" : place.shown() + " where a text belongs"));
            return null;
        }
        return place.node().textValue();
    }

    /** The elements; none if nothing stands here, none and noted if something else does. */
    List<YamlNode> list(YamlNode place) {
        if (!place.empty() && !place.node().isArray()) {
            problems.add(place.problem(place.shown() + " where a list belongs"));
        }
        return place.node().isArray() ? place.children() : List.of();
    }

    /** Whether a block stands here; if not, and for each unknown key, a problem is noted. */
    boolean block(YamlNode place, String... keys) {
        List<String> known = List.of(keys);
        if (!place.node().isObject()) {
            problems.add(place.problem(place.shown() + " where a block of " + String.join(", ", known) + " belongs"));
            return false;
        }
        for (YamlNode child : place.children()) {
            if (!known.contains(child.key())) {
                String message = "unknown; known here: " + String.join(", ", known);
                problems.add(child.problem(message, Suggestions.closest(child.key(), known)));
            }
        }
        return true;
    }
}
