package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A condition on events, in canonical form: no not but at a single field, no and within an and, each condition once
 * and in the order of its text. Immutable; {@code matches} allocates nothing.
 */
sealed interface FilterCondition {
    boolean matches(JsonNode event);

    /** The opposite, in canonical form. */
    FilterCondition negated();

    /** The text of the condition: equal conditions have the same text. */
    String text();

    /** The conjunction of conditions; an empty one always matches. */
    record All(List<FilterCondition> parts) implements FilterCondition {
        @Override
        public boolean matches(JsonNode event) {
            for (int i = 0; i < parts.size(); i++) {
                if (!parts.get(i).matches(event)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public FilterCondition negated() {
            return FilterNormalizer.any(
                    parts.stream().map(FilterCondition::negated).toList());
        }

        @Override
        public String text() {
            return "{\"and\":" + list(parts) + "}";
        }
    }

    /** The disjunction of conditions; an empty one never matches. */
    record Any(List<FilterCondition> parts) implements FilterCondition {
        @Override
        public boolean matches(JsonNode event) {
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i).matches(event)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public FilterCondition negated() {
            return FilterNormalizer.all(
                    parts.stream().map(FilterCondition::negated).toList());
        }

        @Override
        public String text() {
            return "{\"or\":" + list(parts) + "}";
        }
    }

    /** The test of a value at a path, or its negation. A missing value passes no test. */
    record Field(EventPath path, Test test, boolean passes) implements FilterCondition {
        @Override
        public boolean matches(JsonNode event) {
            JsonNode value = path.find(event);
            return (value != null && test.passes(value)) == passes;
        }

        @Override
        public FilterCondition negated() {
            return new Field(path, test, !passes);
        }

        @Override
        public String text() {
            String field = "{" + JsonScalars.text(path.toString()) + ":" + test.text() + "}";
            return passes ? field : "{\"not\":" + field + "}";
        }
    }

    private static String list(List<FilterCondition> parts) {
        return parts.stream().map(FilterCondition::text).collect(Collectors.joining(",", "[", "]"));
    }

    /** A test of one value. */
    sealed interface Test {
        boolean passes(JsonNode value);

        String text();
    }

    /** Tests that there is a value, or null. */
    record Exists() implements Test {
        @Override
        public boolean passes(JsonNode value) {
            return true;
        }

        @Override
        public String text() {
            return "{\"exists\":true}";
        }
    }

    /**
     * Tests for one of several values, or for an array with one of them.
     *
     * @param values the values in the order of {@link JsonScalars}, each once
     */
    record OneOf(List<Object> values) implements Test {
        @Override
        public boolean passes(JsonNode value) {
            if (!value.isArray()) {
                return has(value);
            }
            for (int i = 0; i < value.size(); i++) {
                if (has(value.get(i))) {
                    return true;
                }
            }
            return false;
        }

        private boolean has(JsonNode value) {
            int low = 0;
            int high = values.size() - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = JsonScalars.compare(value, values.get(middle));
                if (order == 0) {
                    return true;
                }
                if (order < 0) {
                    high = middle - 1;
                } else {
                    low = middle + 1;
                }
            }
            return false;
        }

        @Override
        public String text() {
            return values.size() == 1
                    ? JsonScalars.text(values.get(0))
                    : values.stream().map(JsonScalars::text).collect(Collectors.joining(",", "{\"in\":[", "]}"));
        }
    }

    /** Tests for more or less than a number or a text. */
    record Ordered(Order order, Object bound) implements Test {
        @Override
        public boolean passes(JsonNode value) {
            return JsonScalars.comparable(value, bound) && order.holds(JsonScalars.compare(value, bound));
        }

        @Override
        public String text() {
            return "{\"" + order.word + "\":" + JsonScalars.text(bound) + "}";
        }
    }

    /** Tests for a text with a prefix, or for an array with such a text. */
    record Prefix(String prefix) implements Test {
        @Override
        public boolean passes(JsonNode value) {
            if (!value.isArray()) {
                return value.isTextual() && value.textValue().startsWith(prefix);
            }
            for (int i = 0; i < value.size(); i++) {
                JsonNode element = value.get(i);
                if (element.isTextual() && element.textValue().startsWith(prefix)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String text() {
            return "{\"prefix\":" + JsonScalars.text(prefix) + "}";
        }
    }

    /** As {@link Ordered} compares. */
    enum Order {
        GT("gt"),
        GTE("gte"),
        LT("lt"),
        LTE("lte");

        final String word;

        Order(String word) {
            this.word = word;
        }

        /** @param order negative, 0 or positive, as of a comparator */
        boolean holds(int order) {
            return switch (this) {
                case GT -> order > 0;
                case GTE -> order >= 0;
                case LT -> order < 0;
                case LTE -> order <= 0;
            };
        }
    }
}
