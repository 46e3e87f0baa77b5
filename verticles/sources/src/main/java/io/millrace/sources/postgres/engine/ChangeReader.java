package io.millrace.sources.postgres.engine;

import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.value.ChangeDocument;
import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes messages of Debezium's records. A change's id is its table, its place in the log, and its number among the changes
 * of the table at that place, since one record of the log may hold many rows. PostgreSQL sends whole transactions, so these
 * are the same whenever a change is read. Belongs to the engine's thread.
 */
final class ChangeReader {
    private static final Map<String, String> OPERATIONS =
            Map.of("c", "insert", "u", "update", "d", "delete", "t", "truncate");

    private final int generation;
    private final TransactionFilter filter;
    private final Map<TableName, Place> places = new HashMap<>();

    /** The last change of a table, and how many were at its place. */
    private record Place(Lsn lsn, int count) {}

    /** @param generation how often the source has begun anew */
    ChangeReader(int generation, TransactionFilter filter) {
        this.generation = generation;
        this.filter = filter;
    }

    /** The end of a transaction; null if the record is anything else. */
    static @Nullable Lsn end(SourceRecord record) {
        return record.value() instanceof Struct value
                        && value.schema().field("status") != null
                        && "END".equals(value.getString("status"))
                        && record.sourceOffset().get("lsn_commit") instanceof Long lsn
                ? new Lsn(lsn)
                : null;
    }

    ChangeBatch read(List<SourceRecord> records) {
        List<SourceMessage> messages = new ArrayList<>();
        Lsn committed = null;
        long committedMs = 0;
        for (SourceRecord record : records) {
            Lsn end = end(record);
            if (end != null) {
                committed = end;
                committedMs = ((Struct) record.value()).getInt64("ts_ms");
                places.clear();
                filter.ended(end);
            } else if (record.value() instanceof Struct value && value.schema().field("op") != null) {
                SourceMessage message = message(record, value);
                if (message != null) {
                    messages.add(message);
                }
            }
        }
        return new ChangeBatch(messages, committed, committedMs);
    }

    /** Null for a change that the snapshot has told already. */
    private @Nullable SourceMessage message(SourceRecord record, Struct value) {
        String op = OPERATIONS.get(value.getString("op"));
        if (op == null) {
            return null;
        }
        Struct source = value.getStruct("source");
        TableName table = new TableName(source.getString("schema"), source.getString("table"));
        Lsn lsn = new Lsn(source.getInt64("lsn"));
        Place before = places.get(table);
        int number = before != null && before.lsn().equals(lsn) ? before.count() : 0;
        places.put(table, new Place(lsn, number + 1));
        long transaction = source.getInt64("txId");
        if (filter.hides(table, transaction)) {
            return null;
        }
        Instant time = Instant.EPOCH.plus(source.getInt64("ts_us"), ChronoUnit.MICROS);
        List<String> unchanged = new ArrayList<>();
        Map<String, @Nullable String> key = record.key() instanceof Struct columns ? row(columns, unchanged) : null;
        byte[] json = new ChangeDocument(
                        op,
                        table,
                        key,
                        known(row(value.getStruct("before"), new ArrayList<>())),
                        row(value.getStruct("after"), unchanged),
                        unchanged,
                        lsn,
                        transaction,
                        time)
                .json();
        String id = table + ":" + (generation == 0 ? "" : generation + ":") + lsn + ":" + number;
        SourceMessage.Origin place = SourceMessage.Origin.of(table.toString(), id.getBytes(StandardCharsets.UTF_8));
        return new SourceMessage(
                json,
                Map.of(PostgresSource.ID, id),
                key == null ? null : ChangeDocument.json(key),
                new SourceMessage.Origin(place.place(), 0, place.offset(), time.toEpochMilli()));
    }

    private static @Nullable Map<String, @Nullable String> row(@Nullable Struct columns, List<String> unchanged) {
        if (columns == null) {
            return null;
        }
        Map<String, @Nullable String> row = new LinkedHashMap<>();
        for (Field column : columns.schema().fields()) {
            // Debezium puts the column's default into the schema, and get() would give it for null.
            String value = (String) columns.getWithoutDefault(column.name());
            if (TextConverter.UNCHANGED.equals(value)) {
                unchanged.add(column.name());
            } else {
                row.put(column.name(), value);
            }
        }
        return row;
    }

    /** Of the row before, null may mean that it wasn't told: without REPLICA IDENTITY FULL only the key is. */
    private static @Nullable Map<String, @Nullable String> known(@Nullable Map<String, @Nullable String> row) {
        if (row != null) {
            row.values().removeIf(value -> value == null);
        }
        return row == null || row.isEmpty() ? null : row;
    }
}
