package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows that become events together, in the order of the file, and the values computed for them. Belongs to one thread. */
public final class RowGroup {
    /** The number of a row in its group, from 1. */
    static final String ROW = "#row";
    /** The number of a row in its file, from 1, not counting the header. */
    static final String LINE = "#line";

    private final Map<String, Expression> values;
    private final List<Row> rows = new ArrayList<>();
    private final Map<String, JsonNode> computed = new HashMap<>();
    private final @Nullable Row whole;

    /**
     * A group of which the first row counts for what is said of the group.
     *
     * @param values what the mapping computes once for the group, when it is first used
     */
    RowGroup(Map<String, Expression> values) {
        this.values = values;
        this.whole = null;
    }

    /**
     * A group that may be empty.
     *
     * @param whole counts for what is said of the group
     */
    RowGroup(Map<String, Expression> values, Cells whole) {
        this.values = values;
        this.whole = new Row(0, 0, whole);
    }

    /** Appends a row; {@code number} is its number in the file, from 1. */
    void add(long number, Cells cells) {
        rows.add(new Row(rows.size() + 1, number, cells));
    }

    public List<Row> rows() {
        return rows;
    }

    /** The row that counts for what is said of the group. */
    Row head() {
        return whole == null ? rows.get(0) : whole;
    }

    Row first() {
        return rows.get(0);
    }

    public Row last() {
        return rows.get(rows.size() - 1);
    }

    private JsonNode value(String name) {
        JsonNode value = computed.get(name);
        if (value == null) {
            Expression rule = values.get(name);
            if (rule == null) {
                throw new MappingException("there is no column or value " + name);
            }
            JsonNode result = rule.evaluate(head());
            value = result == null ? JsonNodeFactory.instance.textNode("") : result;
            computed.put(name, value);
        }
        return value;
    }

    /** A row of the group. */
    public final class Row {
        private final int numberInGroup;
        private final long number;
        private final Cells cells;

        private Row(int numberInGroup, long number, Cells cells) {
            this.numberInGroup = numberInGroup;
            this.number = number;
            this.cells = cells;
        }

        /** The number of the row in its file, from 1, not counting the header. */
        public long number() {
            return number;
        }

        RowGroup group() {
            return RowGroup.this;
        }

        /** The beginning of a message about this row: {@code row 7: }. */
        String prefix() {
            return cells.place().isEmpty() ? "" : cells.place() + ": ";
        }

        /** Returns a column, a value of the group, {@link #ROW} or {@link #LINE}; an empty text if there is nothing. */
        JsonNode get(String name) {
            String own = ownText(name);
            if (own != null) {
                return JsonNodeFactory.instance.textNode(own);
            }
            JsonNode cell = values.containsKey(name) ? null : cells.node(name);
            return cell == null ? value(name) : cell;
        }

        /** As {@link #get}, as text. */
        String text(String name) {
            String own = ownText(name);
            if (own != null) {
                return own;
            }
            String cell = values.containsKey(name) ? null : cells.text(name);
            return cell == null ? Expression.text(value(name)) : cell;
        }

        private @Nullable String ownText(String name) {
            return switch (name) {
                case ROW -> Integer.toString(numberInGroup);
                case LINE -> Long.toString(number);
                default -> null;
            };
        }
    }
}
