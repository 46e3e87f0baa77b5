package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.mapping.RowGroup.Row;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a value of an event is made of rows. Numbers are exact decimals throughout. Immutable. */
sealed interface Value {
    JsonNodeFactory JSON = JsonNodeFactory.instance;

    /**
     * Null where the field is to be left out.
     *
     * @throws MappingException the row doesn't hold what is needed
     */
    @Nullable
    JsonNode of(Row row);

    /** The same for each row. */
    record Literal(JsonNode node) implements Value {
        @Override
        public JsonNode of(Row row) {
            return node;
        }
    }

    /** Text with names in braces; {@code parts} takes turns: text, name, text, name, … text. */
    record Template(List<String> parts) implements Value {
        @Override
        public JsonNode of(Row row) {
            return JSON.textNode(text(row));
        }

        String text(Row row) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < parts.size(); i++) {
                text.append(i % 2 == 0 ? parts.get(i) : filled(row, parts.get(i)));
            }
            return text.toString();
        }
    }

    /** What a column's text is taken for. */
    enum As {
        TEXT,
        INTEGER,
        DECIMAL
    }

    /** A column, or a value of the group. */
    record Column(String name, As as, boolean optional) implements Value {
        @Override
        public @Nullable JsonNode of(Row row) {
            if (optional && row.text(name).isBlank()) {
                return null;
            }
            if (as == As.TEXT) {
                return JSON.textNode(filled(row, name));
            }
            BigDecimal number = number(row, name, row.get(name));
            if (as == As.DECIMAL) {
                return JSON.numberNode(number);
            }
            try {
                return JSON.numberNode(number.longValueExact());
            } catch (ArithmeticException fraction) {
                throw bad(row, name + " is " + number + " where an integer belongs");
            }
        }
    }

    /** The sum over all rows of the group. */
    record Sum(Value of) implements Value {
        @Override
        public JsonNode of(Row row) {
            BigDecimal sum = BigDecimal.ZERO;
            for (Row each : row.group().rows()) {
                sum = sum.add(number(each, "a summand", of.of(each)));
            }
            return JSON.numberNode(sum);
        }
    }

    record Multiply(List<Value> factors) implements Value {
        @Override
        public JsonNode of(Row row) {
            BigDecimal product = BigDecimal.ONE;
            for (Value factor : factors) {
                product = product.multiply(number(row, "a factor", factor.of(row)));
            }
            return JSON.numberNode(product);
        }
    }

    record Negate(Value of) implements Value {
        @Override
        public JsonNode of(Row row) {
            return JSON.numberNode(number(row, "what is negated", of.of(row)).negate());
        }
    }

    /** To so many decimal places, halves away from zero. */
    record Rounded(Value of, int scale) implements Value {
        @Override
        public JsonNode of(Row row) {
            return JSON.numberNode(number(row, "what is rounded", of.of(row)).setScale(scale, RoundingMode.HALF_UP));
        }
    }

    /** The first branch whose condition holds; left out if none does. */
    record Choose(List<Branch> branches) implements Value {
        record Branch(Condition when, Value then) {}

        @Override
        public @Nullable JsonNode of(Row row) {
            for (Branch branch : branches) {
                if (branch.when().holds(row)) {
                    return branch.then().of(row);
                }
            }
            return null;
        }
    }

    /** A list with one element a row. */
    record Each(Value of) implements Value {
        @Override
        public JsonNode of(Row row) {
            ArrayNode list = JSON.arrayNode();
            for (Row each : row.group().rows()) {
                JsonNode element = of.of(each);
                if (element != null) {
                    list.add(element);
                }
            }
            return list;
        }
    }

    /** An object; a field without a value is left out. */
    record Fields(Map<String, Value> fields) implements Value {
        @Override
        public ObjectNode of(Row row) {
            ObjectNode object = JSON.objectNode();
            fields.forEach((name, value) -> {
                JsonNode node = value.of(row);
                if (node != null) {
                    object.set(name, node);
                }
            });
            return object;
        }
    }

    /** A node as text, numbers without an exponent. */
    static String text(JsonNode node) {
        return node.isNumber() ? node.decimalValue().toPlainString() : node.asText();
    }

    private static String filled(Row row, String name) {
        String text = row.text(name);
        if (text.isBlank()) {
            throw bad(row, name + " is empty");
        }
        return text;
    }

    private static BigDecimal number(Row row, String what, @Nullable JsonNode node) {
        if (node != null && node.isNumber()) {
            return node.decimalValue();
        }
        String text = node == null ? "" : node.asText().trim();
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs((long) number.scale()) > 100) {
                throw bad(row, what + " is " + text + ", which is out of all proportion");
            }
            return number;
        } catch (NumberFormatException wrong) {
            throw bad(row, what + " is \"" + text + "\" where a number belongs");
        }
    }

    private static MappingException bad(Row row, String message) {
        return new MappingException("row " + row.number() + ": " + message);
    }
}
