package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.FilterCondition.Exists;
import io.millrace.contracts.filter.FilterCondition.Field;
import io.millrace.contracts.filter.FilterCondition.Order;
import io.millrace.contracts.filter.FilterCondition.Ordered;
import io.millrace.contracts.filter.FilterCondition.Prefix;
import io.millrace.contracts.filter.FilterCondition.Test;
import io.millrace.contracts.text.ExactNumbers;
import io.millrace.contracts.text.Suggestions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one filter, and refuses it at the first thing that is wrong. */
final class FilterReader {
    private static final List<String> OPERATORS =
            List.of("eq", "ne", "in", "gt", "gte", "lt", "lte", "exists", "prefix");
    private static final List<String> PRIORITIES =
            Arrays.stream(Priority.values()).map(Priority::wire).toList();
    private static final int SHOWN = 60;

    private int conditions;
    private int size;

    Filter read(JsonNode json) {
        return json.isObject() && json.isEmpty() ? Filter.ALL : new Filter(block(json, "filter", 1));
    }

    private FilterCondition block(JsonNode json, String at, int level) {
        if (level > Filter.MAX_LEVELS) {
            throw wrong(at, "more than " + Filter.MAX_LEVELS + " levels; write it flatter");
        }
        if (!json.isObject() || json.isEmpty()) {
            throw wrong(at, shown(json) + " where a condition belongs, like {\"data.total\":{\"gte\":100}}");
        }
        List<FilterCondition> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            switch (key) {
                case "and" -> parts.add(FilterNormalizer.all(blocks(value, at + ".and", level)));
                case "or" -> parts.add(FilterNormalizer.any(blocks(value, at + ".or", level)));
                case "not" -> parts.add(block(value, at + ".not", level + 1).negated());
                default -> parts.add(field(key, value, at));
            }
        }
        return FilterNormalizer.all(parts);
    }

    private List<FilterCondition> blocks(JsonNode list, String at, int level) {
        if (!list.isArray() || list.isEmpty()) {
            throw wrong(at, shown(list) + " where a list of conditions belongs");
        }
        List<FilterCondition> parts = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            parts.add(block(list.get(i), at + "[" + i + "]", level + 1));
        }
        return parts;
    }

    private FilterCondition field(String key, JsonNode value, String block) {
        String at = block + "." + quoted(key);
        EventPath path = path(key, at);
        if (value.isValueNode()) {
            return condition(path, "eq", value, at);
        }
        if (value.isArray()) {
            throw wrong(at, "a list; say {\"in\":[…]} for one of several values");
        }
        if (value.isEmpty()) {
            throw wrong(at, "an empty block where a value belongs, or one of " + String.join(", ", OPERATORS));
        }
        List<FilterCondition> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            parts.add(condition(path, entry.getKey(), entry.getValue(), at));
        }
        return FilterNormalizer.all(parts);
    }

    private EventPath path(String key, String at) {
        count(key.length(), at);
        try {
            return EventPath.compile(key);
        } catch (IllegalArgumentException wrong) {
            throw wrong(at, String.valueOf(wrong.getMessage()));
        }
    }

    private FilterCondition condition(EventPath path, String operator, JsonNode operand, String field) {
        String at = operand.isValueNode() && operator.equals("eq") ? field : field + "." + operator;
        if (++conditions > Filter.MAX_CONDITIONS) {
            throw wrong(
                    at, "more than " + Filter.MAX_CONDITIONS + " conditions; subscribe for less, or for more at once");
        }
        return switch (operator) {
            case "eq" -> oneOf(path, List.of(value(path, operand, at)), true);
            case "ne" -> oneOf(path, List.of(value(path, operand, at)), false);
            case "in" -> oneOf(path, values(path, operand, at), true);
            case "gt" -> ordered(path, Order.GT, operand, at);
            case "gte" -> ordered(path, Order.GTE, operand, at);
            case "lt" -> ordered(path, Order.LT, operand, at);
            case "lte" -> ordered(path, Order.LTE, operand, at);
            case "exists" -> new Field(path, new Exists(), flag(operand, at));
            case "prefix" -> new Field(path, prefix(operand, at), true);
            default ->
                throw wrong(
                        field,
                        quoted(operator) + " is not a valid operator: " + String.join(", ", OPERATORS)
                                + suggestion(Suggestions.closest(operator, OPERATORS)));
        };
    }

    private static FilterCondition oneOf(EventPath path, List<Object> values, boolean passes) {
        return new Field(path, FilterNormalizer.oneOf(values), passes);
    }

    private List<Object> values(EventPath path, JsonNode list, String at) {
        if (!list.isArray() || list.isEmpty()) {
            throw wrong(at, shown(list) + " where a list of values belongs");
        }
        if (list.size() > Filter.MAX_VALUES) {
            throw wrong(at, list.size() + " values; at most " + Filter.MAX_VALUES);
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            values.add(value(path, list.get(i), at + "[" + i + "]"));
        }
        return values;
    }

    private Object value(EventPath path, JsonNode json, String at) {
        Object value = JsonScalars.of(json);
        if (value == null) {
            throw wrong(at, shown(json) + " where a text, number, boolean or null belongs");
        }
        if (json.isNumber() && !(Double.isFinite(json.doubleValue()) && ExactNumbers.holds(json.asText()))) {
            throw wrong(at, "a number that can't be compared; " + ExactNumbers.ALLOWED);
        }
        count(value instanceof Boolean ? 1 : JsonScalars.text(value).length(), at);
        if (priority(path) && !PRIORITIES.contains(value)) {
            throw wrong(
                    at,
                    shown(json) + " is not a valid priority: " + String.join(", ", PRIORITIES)
                            + suggestion(json.isTextual() ? Suggestions.closest(json.textValue(), PRIORITIES) : null));
        }
        return value;
    }

    private FilterCondition ordered(EventPath path, Order order, JsonNode operand, String at) {
        Object bound = value(path, operand, at);
        if (priority(path)) {
            int rank = PRIORITIES.indexOf(bound);
            List<Object> those = new ArrayList<>();
            for (int i = 0; i < PRIORITIES.size(); i++) {
                if (order.holds(i - rank)) {
                    those.add(PRIORITIES.get(i));
                }
            }
            return oneOf(path, those, true);
        }
        if (!(bound instanceof Number || bound instanceof String)) {
            throw wrong(at, shown(operand) + " where a number or text belongs");
        }
        return new Field(path, new Ordered(order, bound), true);
    }

    private static boolean flag(JsonNode operand, String at) {
        if (!operand.isBoolean()) {
            throw wrong(at, shown(operand) + " where true or false belongs");
        }
        return operand.booleanValue();
    }

    private Test prefix(JsonNode operand, String at) {
        if (!operand.isTextual()) {
            throw wrong(at, shown(operand) + " where a text belongs");
        }
        count(operand.textValue().length(), at);
        return new Prefix(operand.textValue());
    }

    private static boolean priority(EventPath path) {
        return path.toString().equals("priority");
    }

    private void count(int characters, String at) {
        size += characters;
        if (size > Filter.MAX_SIZE) {
            throw wrong(
                    at,
                    "the filter's paths and values have more than " + Filter.MAX_SIZE + " characters; ask for less");
        }
    }

    private static String suggestion(@Nullable String suggestion) {
        return suggestion == null ? "" : "; did you mean " + suggestion + "?";
    }

    private static String quoted(String text) {
        return JsonScalars.text(text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
    }

    private static String shown(JsonNode json) {
        if (json.isTextual()) {
            return quoted(json.textValue());
        }
        return json.isArray()
                ? json.isEmpty() ? "an empty list" : "a list"
                : json.isObject() ? json.isEmpty() ? "an empty block" : "a block" : quoted(json.asText());
    }

    private static MillraceException wrong(String at, String message) {
        return new MillraceException(Failure.BAD_MESSAGE, at + ": " + message);
    }
}
