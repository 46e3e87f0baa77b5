package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.mapping.RowGroup.Row;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * Selects rows, or groups by their first row: each of the named columns or values has to pass its test. Immutable.
 *
 * @param tests by the name of a column or value; a row matches when all accept
 */
record Condition(Map<String, Test> tests) {
    static final Condition ALWAYS = new Condition(Map.of());

    boolean matches(Row row) {
        for (Map.Entry<String, Test> test : tests.entrySet()) {
            if (!test.getValue().accepts(row.text(test.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /** Accepts or rejects the text of one column. */
    sealed interface Test {
        boolean accepts(String text);
    }

    /** Numbers are compared as numbers: 0, 0.0 and 0.00 are the same. */
    record Is(JsonNode expected) implements Test {
        @Override
        public boolean accepts(String text) {
            return expected.isNumber()
                    ? compare(text, expected.decimalValue(), 0)
                    : expected.asText().equals(text);
        }
    }

    record OneOf(List<Test> tests) implements Test {
        @Override
        public boolean accepts(String text) {
            return tests.stream().anyMatch(test -> test.accepts(text));
        }
    }

    record Prefix(String prefix) implements Test {
        @Override
        public boolean accepts(String text) {
            return text.startsWith(prefix);
        }
    }

    record Empty(boolean expected) implements Test {
        @Override
        public boolean accepts(String text) {
            return text.isBlank() == expected;
        }
    }

    record Not(Test test) implements Test {
        @Override
        public boolean accepts(String text) {
            return !test.accepts(text);
        }
    }

    record Above(BigDecimal bound) implements Test {
        @Override
        public boolean accepts(String text) {
            return compare(text, bound, 1);
        }
    }

    record Below(BigDecimal bound) implements Test {
        @Override
        public boolean accepts(String text) {
            return compare(text, bound, -1);
        }
    }

    private static boolean compare(String text, BigDecimal bound, int expected) {
        try {
            return new BigDecimal(text.trim()).compareTo(bound) == expected;
        } catch (NumberFormatException noNumber) {
            return false;
        }
    }
}
