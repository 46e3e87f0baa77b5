package io.millrace.sources.postgres.capture;

import io.millrace.sources.postgres.value.ColumnType;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A table that a source reads.
 *
 * @param key the columns of its primary key; empty for none
 * @param columns those that are published, with their types, in their order
 * @param filter the condition of the rows that are published; null for all
 * @param published whether the publication has it
 * @param partitioned whether its rows are in its partitions
 * @param identity whether PostgreSQL permits updates and deletes when it is published
 */
record SourceTable(
        TableName name,
        List<String> key,
        Map<String, ColumnType> columns,
        @Nullable String filter,
        boolean published,
        boolean partitioned,
        boolean identity) {

    /** @param row of {@link CatalogSql#TABLES} */
    static SourceTable of(JsonObject row) {
        JsonArray published = row.getJsonArray("published");
        Map<String, ColumnType> columns = new LinkedHashMap<>();
        for (Object each : row.getJsonArray("columns", new JsonArray())) {
            JsonObject column = (JsonObject) each;
            String name = column.getString("name");
            if (published == null ? !column.getBoolean("generated") : published.contains(name)) {
                columns.put(
                        name,
                        ColumnType.of(
                                column.getLong("oid").intValue(),
                                column.getString("type"),
                                column.getBoolean("array") ? Types.ARRAY : Types.OTHER));
            }
        }
        List<String> key = new ArrayList<>();
        row.getJsonArray("key").forEach(name -> key.add(String.valueOf(name)));
        return new SourceTable(
                new TableName(row.getString("schema"), row.getString("table")),
                List.copyOf(key),
                columns,
                row.getString("filter"),
                row.getBoolean("member"),
                row.getBoolean("partitioned"),
                row.getBoolean("identity"));
    }

    /** Reads all rows, each column as the text that the log would have. */
    String select() {
        List<String> texts = new ArrayList<>();
        for (String column : columns.keySet()) {
            String quoted = TableName.quoted(column);
            // A cast to text would take the blanks from char(n), and pgoutput doesn't.
            texts.add("case when " + quoted + " is distinct from null then concat(" + quoted + ") end");
        }
        return "select " + String.join(", ", texts) + (partitioned ? " from " : " from only ") + name.quoted()
                + (filter == null ? "" : " where " + filter);
    }
}
