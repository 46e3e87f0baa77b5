package io.millrace.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows that belong together, in the order of the file. Belongs to one thread. */
public final class RowGroup {
    /** The number of a row in its group, from 1. */
    static final String ROW = "#row";
    /** The number of a row in its file, from 1, not counting the header. */
    static final String LINE = "#line";

    private final Map<String, Integer> columns;
    private final Map<String, Value> values;
    private final List<Row> rows = new ArrayList<>();
    private final Map<String, JsonNode> known = new HashMap<>();

    /**
     * @param columns the place of each column in a row
     * @param values what the mapping works out once for a whole group
     */
    RowGroup(Map<String, Integer> columns, Map<String, Value> values) {
        this.columns = columns;
        this.values = values;
    }

    /** @param number in the file, from 1 */
    void add(long number, String[] cells) {
        rows.add(new Row(rows.size() + 1, number, cells));
    }

    public List<Row> rows() {
        return rows;
    }

    Row first() {
        return rows.get(0);
    }

    public Row last() {
        return rows.get(rows.size() - 1);
    }

    private JsonNode value(String name) {
        JsonNode value = known.get(name);
        if (value == null) {
            Value rule = values.get(name);
            if (rule == null) {
                throw new MappingException("there is no column or value " + name);
            }
            JsonNode worked = rule.of(first());
            value = worked == null ? JsonNodeFactory.instance.textNode("") : worked;
            known.put(name, value);
        }
        return value;
    }

    /** One row, seen from its group. */
    public final class Row {
        private final int inGroup;
        private final long number;
        private final String[] cells;

        private Row(int inGroup, long number, String[] cells) {
            this.inGroup = inGroup;
            this.number = number;
            this.cells = cells;
        }

        /** In the file, from 1. */
        public long number() {
            return number;
        }

        RowGroup group() {
            return RowGroup.this;
        }

        /** What a column, a value of the group, {@link #ROW} or {@link #LINE} is here; an empty text if nothing. */
        JsonNode get(String name) {
            String cell = cell(name);
            return cell == null ? value(name) : JsonNodeFactory.instance.textNode(cell);
        }

        /** As {@link #get}, as text. */
        String text(String name) {
            String cell = cell(name);
            return cell == null ? Value.text(value(name)) : cell;
        }

        private @Nullable String cell(String name) {
            Integer column = columns.get(name);
            if (column != null) {
                return cells[column];
            }
            return switch (name) {
                case ROW -> Integer.toString(inGroup);
                case LINE -> Long.toString(number);
                default -> null;
            };
        }
    }
}
