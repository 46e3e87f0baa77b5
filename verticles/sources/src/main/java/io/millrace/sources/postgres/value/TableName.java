package io.millrace.sources.postgres.value;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A table, as PostgreSQL keeps its name: letters are neither raised nor lowered. */
public record TableName(String schema, String table) implements Comparable<TableName> {
    private static final Pattern FORM = Pattern.compile("(?:([^.\"\\s]+)\\.)?([^.\"\\s]+)");

    /**
     * Reads {@code schema.table}, or a name in the schema public.
     *
     * @throws IllegalArgumentException it is neither
     */
    public static TableName parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("is not schema.table, or the name of a table in the schema public");
        }
        return new TableName(parts.group(1) == null ? "public" : parts.group(1), parts.group(2));
    }

    /** For SQL. */
    public String quoted() {
        return quoted(schema) + "." + quoted(table);
    }

    /** A name for SQL. */
    public static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Override
    public int compareTo(TableName other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return schema + "." + table;
    }
}
