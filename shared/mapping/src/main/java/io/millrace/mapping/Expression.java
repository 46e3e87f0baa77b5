package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.mapping.RowGroup.Row;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Computes a value of an event from the rows of a group. A mapping file is read into a tree of these. Numbers are exact
 * decimals throughout, and an evaluation ends: it visits each node of the tree once for each row. Immutable.
 */
sealed interface Expression {
    JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** The most decimal places, or zeros at the end. */
    int MAX_SCALE = 100;

    /**
     * Returns the value for a row, or null where the field is to be left out.
     *
     * @throws MappingException the row doesn't hold what is needed
     */
    @Nullable
    JsonNode evaluate(Row row);

    /** The same value for each row. */
    record Literal(JsonNode node) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            return node;
        }
    }

    /** Text with names in braces; {@code parts} takes turns: text, name, text, name, … text. */
    record Template(List<String> parts) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            return JSON.textNode(text(row));
        }

        String text(Row row) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < parts.size(); i++) {
                text.append(i % 2 == 0 ? parts.get(i) : requiredText(row, parts.get(i)));
            }
            return text.toString();
        }
    }

    /** How the text of a column is read. */
    enum ColumnType {
        TEXT,
        INTEGER,
        DECIMAL,
        BOOLEAN,
        /** Seconds since 1970, written as an RFC 3339 time. */
        SECONDS,
        /** Milliseconds since 1970, written as an RFC 3339 time. */
        MILLIS,
        /** As it stands in a JSON document: a number, a list, a block. */
        JSON
    }

    /** A column of the row, or a value of its group. */
    record Column(String name, ColumnType type, boolean optional) implements Expression {
        @Override
        public @Nullable JsonNode evaluate(Row row) {
            if (optional && isEmpty(row)) {
                return null;
            }
            return switch (type) {
                case TEXT -> JSON.textNode(requiredText(row, name));
                case INTEGER -> JSON.numberNode(integer(row));
                case DECIMAL -> JSON.numberNode(decimal(row, name, row.get(name)));
                case BOOLEAN -> JSON.booleanNode(bool(row));
                case SECONDS, MILLIS -> Expression.JSON.textNode(time(row).toString());
                case JSON -> json(row);
            };
        }

        private boolean isEmpty(Row row) {
            JsonNode node = type == ColumnType.JSON ? row.get(name) : null;
            return node == null ? row.text(name).isBlank() : node.isMissingNode() || node.isNull();
        }

        private JsonNode json(Row row) {
            if (isEmpty(row)) {
                throw invalid(row, name + " is empty");
            }
            return row.get(name);
        }

        private long integer(Row row) {
            BigDecimal number = decimal(row, name, row.get(name));
            try {
                return number.longValueExact();
            } catch (ArithmeticException notAnInteger) {
                throw invalid(row, name + " is " + number + " where an integer belongs");
            }
        }

        private boolean bool(Row row) {
            String text = row.text(name);
            return switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw invalid(row, name + " is \"" + text + "\" where true or false belongs");
            };
        }

        private Instant time(Row row) {
            long units = integer(row);
            try {
                return type == ColumnType.SECONDS ? Instant.ofEpochSecond(units) : Instant.ofEpochMilli(units);
            } catch (DateTimeException tooFar) {
                throw invalid(row, name + " is " + units + ", which is not a time");
            }
        }
    }

    /** The sum over all rows of the group. */
    record Sum(Expression summand) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            BigDecimal sum = BigDecimal.ZERO;
            for (Row each : row.group().rows()) {
                sum = sum.add(decimal(each, "a summand", summand.evaluate(each)));
            }
            return JSON.numberNode(sum);
        }
    }

    /** The sum or the product of several values of one row. */
    record Arithmetic(BigDecimal start, BinaryOperator<BigDecimal> operation, String role, List<Expression> operands)
            implements Expression {
        static Arithmetic add(List<Expression> summands) {
            return new Arithmetic(BigDecimal.ZERO, BigDecimal::add, "a summand", summands);
        }

        static Arithmetic multiply(List<Expression> factors) {
            return new Arithmetic(BigDecimal.ONE, BigDecimal::multiply, "a factor", factors);
        }

        @Override
        public JsonNode evaluate(Row row) {
            BigDecimal result = start;
            for (Expression operand : operands) {
                result = operation.apply(result, decimal(row, role, operand.evaluate(row)));
            }
            return JSON.numberNode(result);
        }
    }

    record Negate(Expression operand) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            return JSON.numberNode(
                    decimal(row, "what is negated", operand.evaluate(row)).negate());
        }
    }

    /** Rounds to so many decimal places, halves away from zero. */
    record Round(Expression operand, int scale) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            return JSON.numberNode(
                    decimal(row, "what is rounded", operand.evaluate(row)).setScale(scale, RoundingMode.HALF_UP));
        }
    }

    /** The first branch whose condition matches; left out if none does. */
    record Choose(List<Branch> branches) implements Expression {
        record Branch(Condition when, Expression then) {}

        @Override
        public @Nullable JsonNode evaluate(Row row) {
            for (Branch branch : branches) {
                if (branch.when().matches(row)) {
                    return branch.then().evaluate(row);
                }
            }
            return null;
        }
    }

    /** A list with one element for each row of the group. */
    record ForEachRow(Expression element) implements Expression {
        @Override
        public JsonNode evaluate(Row row) {
            ArrayNode list = JSON.arrayNode();
            for (Row each : row.group().rows()) {
                JsonNode node = element.evaluate(each);
                if (node != null) {
                    list.add(node);
                }
            }
            return list;
        }
    }

    /** An object; a field without a value is left out. */
    record ObjectOf(Map<String, Expression> fields) implements Expression {
        @Override
        public ObjectNode evaluate(Row row) {
            ObjectNode object = JSON.objectNode();
            fields.forEach((name, field) -> {
                JsonNode node = field.evaluate(row);
                if (node != null) {
                    object.set(name, node);
                }
            });
            return object;
        }
    }

    /** A node as text, numbers without an exponent unless that would be long; empty for null. */
    static String text(JsonNode node) {
        if (!node.isNumber()) {
            return node.isNull() ? "" : node.asText();
        }
        BigDecimal number = node.decimalValue();
        return Math.abs((long) number.scale()) > MAX_SCALE ? number.toString() : number.toPlainString();
    }

    private static String requiredText(Row row, String name) {
        String text = row.text(name);
        if (text.isBlank()) {
            throw invalid(row, name + " is empty");
        }
        return text;
    }

    private static BigDecimal decimal(Row row, String name, @Nullable JsonNode node) {
        if (node != null && node.isNumber()) {
            return node.decimalValue();
        }
        String text = node == null ? "" : node.asText().trim();
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs((long) number.scale()) > MAX_SCALE) {
                throw invalid(row, name + " is " + text + ", which is out of all proportion");
            }
            return number;
        } catch (NumberFormatException wrong) {
            throw invalid(row, name + " is \"" + text + "\" where a number belongs");
        }
    }

    private static MappingException invalid(Row row, String message) {
        return new MappingException(row.prefix() + message);
    }
}
