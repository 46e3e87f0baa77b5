package io.millrace.sources.postgres.capture;

import io.millrace.contracts.text.Sha256;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.value.ChangeDocument;
import io.millrace.sources.postgres.value.ColumnType;
import io.millrace.sources.postgres.value.Lsn;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of tables as of one moment. A row's id is a hash of the row: when an interrupted snapshot begins again,
 * the rows that haven't changed are the same events, and those that have are new ones. Belongs to one event loop.
 */
final class TableSnapshot {
    /** So many rows at most are fetched at once: nobody knows how large they are before they have come. */
    private static final int FETCHED = 32;
    /** So many are taken together, or about as many bytes of them. */
    private static final int PART_ROWS = 1_000;

    private static final long PART_BYTES = 1 << 20;

    private static final int HASH_BYTES = 16;

    private final PgConnection connection;
    private final int generation;
    private final Instant began;
    private final Function<List<SourceMessage>, Future<Void>> taker;

    /**
     * @param generation how often the source has begun anew
     * @param began when the first attempt began
     * @param taker completes when messages are acknowledged
     */
    TableSnapshot(
            PgConnection connection, int generation, Instant began, Function<List<SourceMessage>, Future<Void>> taker) {
        this.connection = connection;
        this.generation = generation;
        this.began = began;
        this.taker = taker;
    }

    /** Takes a snapshot: what it has seen is what {@link #read} reads. */
    static Future<CapturePosition.Seen> begin(PgConnection connection) {
        return connection
                .query("begin isolation level repeatable read read only")
                .execute()
                .compose(begun -> connection
                        .query("select pg_current_snapshot()::text, pg_current_wal_insert_lsn()::text")
                        .execute())
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new CapturePosition.Seen(row.getString(0), Lsn.parse(row.getString(1)));
                });
    }

    /** Completes when all rows are acknowledged. */
    Future<Void> read(List<SourceTable> tables) {
        return readAll(tables, 0)
                .compose(all -> connection.query("commit").execute().mapEmpty());
    }

    private Future<Void> readAll(List<SourceTable> tables, int from) {
        return from == tables.size()
                ? Future.succeededFuture()
                : connection.prepare(tables.get(from).select()).compose(statement -> {
                    Cursor cursor = statement.cursor();
                    return rows(tables.get(from), cursor)
                            .compose(read -> cursor.close())
                            .compose(closed -> statement.close())
                            .compose(closed -> readAll(tables, from + 1));
                });
    }

    private Future<Void> rows(SourceTable table, Cursor cursor) {
        List<SourceMessage> part = new ArrayList<>();
        long[] bytes = new long[1];
        int[] count = {1};
        return AsyncLoop.run(() -> cursor.read(count[0]).compose(rows -> {
            List<SourceMessage> messages = messages(table, rows);
            long fetched = messages.stream()
                    .mapToLong(message -> message.record().length)
                    .sum();
            count[0] = (int) Math.max(1, Math.min(FETCHED, PART_BYTES * messages.size() / (1 + fetched)));
            part.addAll(messages);
            bytes[0] += fetched;
            boolean more = cursor.hasMore();
            if (more && bytes[0] < PART_BYTES && part.size() < PART_ROWS) {
                return Future.succeededFuture(true);
            }
            List<SourceMessage> full = List.copyOf(part);
            part.clear();
            bytes[0] = 0;
            return taker.apply(full).map(taken -> more);
        }));
    }

    private List<SourceMessage> messages(SourceTable table, RowSet<Row> rows) {
        List<SourceMessage> messages = new ArrayList<>();
        for (Row row : rows) {
            Map<String, @Nullable String> columns = new LinkedHashMap<>();
            int i = 0;
            for (Map.Entry<String, ColumnType> column : table.columns().entrySet()) {
                String text = row.getString(i++);
                columns.put(
                        column.getKey(), text == null ? null : column.getValue().json(text));
            }
            messages.add(message(table, columns));
        }
        return messages;
    }

    private SourceMessage message(SourceTable table, Map<String, @Nullable String> row) {
        Map<String, @Nullable String> key = new LinkedHashMap<>();
        table.key().forEach(column -> key.put(column, row.get(column)));
        byte[] json = new ChangeDocument("read", table.name(), key, null, row, List.of(), null, null, began).json();
        String hash = HexFormat.of().formatHex(Sha256.of(ChangeDocument.json(row)), 0, HASH_BYTES);
        String id = table.name() + ":" + (generation == 0 ? "" : generation + ":") + "row:" + hash;
        SourceMessage.Origin place =
                SourceMessage.Origin.of(table.name().toString(), id.getBytes(StandardCharsets.UTF_8));
        return new SourceMessage(
                json,
                Map.of(PostgresSource.ID, id),
                ChangeDocument.json(key),
                new SourceMessage.Origin(place.place(), 0, place.offset(), began.toEpochMilli()));
    }
}
