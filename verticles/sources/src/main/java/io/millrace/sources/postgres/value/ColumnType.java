package io.millrace.sources.postgres.value;

import java.util.Map;
import java.util.Set;

/**
 * How the text of a column's type becomes JSON. A number, a boolean and a JSON document stay what they are, times are ISO
 * 8601, arrays are lists, and all else is the text that PostgreSQL writes, as its own {@code to_jsonb} does it.
 *
 * @param form of the value, or of an array's elements
 */
public record ColumnType(Form form, boolean array) {
    private static final int JDBC_ARRAY = java.sql.Types.ARRAY;

    /** How a single value is written. */
    enum Form {
        TEXT,
        BOOLEAN,
        NUMBER,
        MONEY,
        JSON,
        TIMESTAMP,
        TIMESTAMPTZ,
        HSTORE,
        /** A text; in an array, parted from the next by a semicolon. */
        BOX
    }

    /** By the names in pg_type. */
    private static final Map<String, Form> FORMS = Map.of(
            "bool", Form.BOOLEAN,
            "money", Form.MONEY,
            "timestamp", Form.TIMESTAMP,
            "timestamptz", Form.TIMESTAMPTZ,
            "json", Form.JSON,
            "jsonb", Form.JSON,
            "hstore", Form.HSTORE,
            "box", Form.BOX);

    private static final Set<String> NUMBERS = Set.of("int2", "int4", "int8", "oid", "float4", "float8", "numeric");

    /** The types whose oid says more than the name does, which may be a domain's. */
    private static final Map<Integer, String> BUILT_IN = Map.ofEntries(
            Map.entry(16, "bool"),
            Map.entry(20, "int8"),
            Map.entry(21, "int2"),
            Map.entry(23, "int4"),
            Map.entry(26, "oid"),
            Map.entry(114, "json"),
            Map.entry(700, "float4"),
            Map.entry(701, "float8"),
            Map.entry(790, "money"),
            Map.entry(1114, "timestamp"),
            Map.entry(1184, "timestamptz"),
            Map.entry(1700, "numeric"),
            Map.entry(3802, "jsonb"),
            Map.entry(199, "_json"),
            Map.entry(791, "_money"),
            Map.entry(1000, "_bool"),
            Map.entry(1005, "_int2"),
            Map.entry(1007, "_int4"),
            Map.entry(1016, "_int8"),
            Map.entry(1020, "_box"),
            Map.entry(1021, "_float4"),
            Map.entry(1022, "_float8"),
            Map.entry(1028, "_oid"),
            Map.entry(1115, "_timestamp"),
            Map.entry(1185, "_timestamptz"),
            Map.entry(1231, "_numeric"),
            Map.entry(3807, "_jsonb"));

    /**
     * @param oid of the type, or of the one that a domain is made of
     * @param name in pg_type
     * @param jdbcType one of {@link java.sql.Types}
     */
    public static ColumnType of(int oid, String name, int jdbcType) {
        String known = BUILT_IN.getOrDefault(oid, name);
        boolean array = jdbcType == JDBC_ARRAY || known.startsWith("_") && BUILT_IN.containsKey(oid);
        return new ColumnType(form(array && known.startsWith("_") ? known.substring(1) : known), array);
    }

    private static Form form(String name) {
        return NUMBERS.contains(name) ? Form.NUMBER : FORMS.getOrDefault(name, Form.TEXT);
    }

    /** The JSON of a value that PostgreSQL has written as this text. */
    public String json(String text) {
        return array ? ArrayText.json(text, form) : ValueText.json(text, form);
    }
}
