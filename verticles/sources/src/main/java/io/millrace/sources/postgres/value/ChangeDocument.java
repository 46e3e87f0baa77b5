package io.millrace.sources.postgres.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The document of a change, as a mapping sees it. A row is its columns, each with the JSON of its value; null for SQL's
 * null.
 *
 * @param op insert, update, delete, truncate, or read for a row of a snapshot
 * @param key the columns of the primary key; null for none
 * @param before what is known of the row before; null if nothing is
 * @param after the row as it is now; null if it is gone
 * @param unchanged columns of the row that PostgreSQL didn't send, since they are large and haven't changed
 * @param lsn where the change is in the log; null in a snapshot
 * @param transaction its number; null in a snapshot
 * @param time when it was committed, or the snapshot begun
 */
public record ChangeDocument(
        String op,
        TableName table,
        @Nullable Map<String, @Nullable String> key,
        @Nullable Map<String, @Nullable String> before,
        @Nullable Map<String, @Nullable String> after,
        List<String> unchanged,
        @Nullable Lsn lsn,
        @Nullable Long transaction,
        Instant time) {
    private static final JsonFactory JSON = new JsonFactory();

    /** As UTF-8. */
    public byte[] json() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("op", op);
            json.writeStringField("schema", table.schema());
            json.writeStringField("table", table.table());
            row(json, "key", key);
            row(json, "before", before);
            row(json, "after", after);
            if (!unchanged.isEmpty()) {
                json.writeArrayFieldStart("unchanged");
                for (String column : unchanged) {
                    json.writeString(column);
                }
                json.writeEndArray();
            }
            if (lsn != null) {
                json.writeStringField("lsn", lsn.toString());
            }
            if (transaction != null) {
                json.writeNumberField("transaction", transaction);
            }
            json.writeStringField("time", time.toString());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void row(JsonGenerator json, String name, @Nullable Map<String, @Nullable String> row)
            throws IOException {
        if (row != null) {
            json.writeFieldName(name);
            columns(json, row);
        }
    }

    private static void columns(JsonGenerator json, Map<String, @Nullable String> row) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, @Nullable String> column : row.entrySet()) {
            json.writeFieldName(column.getKey());
            json.writeRawValue(column.getValue() == null ? "null" : column.getValue());
        }
        json.writeEndObject();
    }

    /** A row alone. */
    public static byte[] json(Map<String, @Nullable String> row) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            columns(json, row);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }
}
