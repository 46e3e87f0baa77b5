package io.millrace.sources.postgres.outbox;

import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.postgres.DatabaseErrors;
import io.millrace.sources.postgres.value.ChangeDocument;
import io.millrace.sources.postgres.value.ColumnType;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The statements about an outbox. Belongs to one event loop. */
final class OutboxTable {
    /** At most so many rows are measured at once. */
    private static final int ROWS = 500;
    /** Of which those are read together that have about so many bytes. */
    private static final long PART_BYTES = 1 << 20;

    private static final long ANSWER_SECONDS = 30;
    private static final long XIDS = 1L << 32;
    /** At most so many transactions are newer than the oldest that runs, when an outbox is read from its beginning. */
    private static final long RECENT = 1L << 24;

    private static final Set<String> KEYS = Set.of("int2", "int4", "int8");

    private static final String COLUMNS =
            """
            with recursive base (oid, root) as (
              select oid, oid from pg_type where typbasetype = 0
              union all select t.oid, b.root from pg_type t join base b on t.typbasetype = b.oid
            )
            select a.attname, t.oid::int8, t.typname, t.typcategory = 'A'
            from pg_namespace n join pg_class c on c.relnamespace = n.oid join pg_attribute a on a.attrelid = c.oid
            join base b on b.oid = a.atttypid join pg_type t on t.oid = b.root
            where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped order by a.attnum
            """;

    /** No transaction before the first column runs any more; the second is the next one's number. */
    private static final String BOUNDS =
            "select pg_snapshot_xmin(s)::text::int8, pg_snapshot_xmax(s)::text::int8 from pg_current_snapshot() s";

    /** $1: transactions from, $2: how many, both modulo 2^32, as a row's xmin has it. */
    private static final String WRITTEN = "mod(xmin::text::int8 - $1::int8 + " + XIDS + ", " + XIDS + ") < $2::int8";

    private final OutboxSource source;
    private final PgConnection connection;
    private final Map<String, ColumnType> columns;
    private final String measure;
    private final String select;
    /** The keys with which the next parts end. */
    private final ArrayDeque<Long> ends = new ArrayDeque<>();

    private boolean allMeasured;

    private OutboxTable(OutboxSource source, PgConnection connection, Map<String, ColumnType> columns) {
        this.source = source;
        this.connection = connection;
        this.columns = columns;
        List<String> texts = columns.keySet().stream().map(TableName::quoted).toList();
        this.measure = select(
                source,
                texts.stream()
                        .map(column -> "octet_length(concat(" + column + "))::int8")
                        .collect(Collectors.joining(" + ")),
                " limit " + ROWS);
        this.select = select(
                source,
                texts.stream()
                        .map(column -> "case when " + column + " is distinct from null then concat(" + column + ") end")
                        .collect(Collectors.joining(", ")),
                "");
    }

    /** Fails with what an operator has to do. */
    static Future<OutboxTable> open(OutboxSource source, PgConnection connection) {
        TableName table = source.table();
        return connection
                .preparedQuery(COLUMNS)
                .execute(Tuple.of(table.schema(), table.table()))
                .timeout(ANSWER_SECONDS, TimeUnit.SECONDS)
                .map(rows -> new OutboxTable(source, connection, columns(source, rows)));
    }

    private static Map<String, ColumnType> columns(OutboxSource source, RowSet<Row> rows) {
        Map<String, ColumnType> all = new LinkedHashMap<>();
        String keyType = null;
        for (Row row : rows) {
            String name = row.getString(0);
            if (name.equals(source.key())) {
                keyType = row.getString(2);
            }
            if (source.columns().isEmpty() || source.columns().contains(name) || name.equals(source.key())) {
                all.put(
                        name,
                        ColumnType.of(
                                row.getLong(1).intValue(),
                                row.getString(2),
                                Boolean.TRUE.equals(row.getBoolean(3)) ? Types.ARRAY : Types.OTHER));
            }
        }
        if (rows.size() == 0) {
            throw new DatabaseErrors.Told("there is no table " + source.table() + ", or the user may not see it");
        }
        if (keyType == null || !KEYS.contains(keyType)) {
            throw new DatabaseErrors.Told(
                    source.table() + " has no column " + source.key() + " of integers: name the one that grows in key");
        }
        for (String column : source.columns()) {
            if (!all.containsKey(column)) {
                throw new DatabaseErrors.Told(source.table() + " has no column " + column);
            }
        }
        return all;
    }

    /**
     * $1 and $2: as in {@link #WRITTEN}; $3 and $4: the key behind which to read, and the last one. Of a row from before the
     * last 2^32 transactions nobody knows when it was written.
     */
    private static String select(OutboxSource source, String values, String limit) {
        String key = TableName.quoted(source.key());
        return "select " + key + "::int8, " + values + " from " + source.table().quoted() + " where " + WRITTEN
                + " and " + key + " > $3::int8 and " + key + " <= $4::int8 order by " + key + limit;
    }

    /**
     * @param settled no transaction before it runs any more
     * @param next the number of the next one
     */
    record Bounds(long settled, long next) {}

    Future<Bounds> bounds() {
        return ask(BOUNDS, Tuple.tuple()).map(rows -> {
            Row row = rows.iterator().next();
            return new Bounds(row.getLong(0), row.getLong(1));
        });
    }

    /** A row as a message. */
    record Entry(long key, SourceMessage message) {}

    /**
     * Rows that are read together.
     *
     * @param end the key of the last one
     * @param last whether no row follows of the transactions that are being read
     */
    record Part(List<Entry> entries, long end, boolean last) {}

    /** The next rows of the transactions that are being read: about 1 MiB of them, or a single larger one. */
    Future<Part> read(OutboxPosition at) {
        return measured(at).compose(done -> {
            if (ends.isEmpty()) {
                return Future.succeededFuture(new Part(List.of(), at.after(), true));
            }
            long end = ends.element();
            return ask(select, written(at).addLong(at.after()).addLong(end)).map(rows -> {
                List<Entry> entries = new ArrayList<>();
                rows.forEach(row -> entries.add(entry(row)));
                ends.remove();
                return new Part(entries, end, ends.isEmpty() && allMeasured);
            });
        });
    }

    /** Finds where the next parts end, if that isn't known. */
    private Future<Void> measured(OutboxPosition at) {
        if (!ends.isEmpty()) {
            return Future.succeededFuture();
        }
        return ask(measure, written(at).addLong(at.after()).addLong(Long.MAX_VALUE))
                .map(rows -> {
                    allMeasured = rows.size() < ROWS;
                    long bytes = 0;
                    long last = OutboxPosition.NO_KEY;
                    for (Row row : rows) {
                        if (bytes > 0 && bytes + row.getLong(1) > PART_BYTES) {
                            ends.add(last);
                            bytes = 0;
                        }
                        last = row.getLong(0);
                        bytes += Math.max(1, row.getLong(1));
                    }
                    if (bytes > 0) {
                        ends.add(last);
                    }
                    return null;
                });
    }

    private static Tuple written(OutboxPosition at) {
        long count = at.done() == 0 ? XIDS - RECENT : Math.min(XIDS - RECENT, at.until() - at.done());
        return Tuple.of(Math.floorMod(at.until() - count, XIDS), count);
    }

    private Entry entry(Row row) {
        Map<String, @Nullable String> values = new LinkedHashMap<>();
        int i = 1;
        for (Map.Entry<String, ColumnType> column : columns.entrySet()) {
            String text = row.getString(i++);
            values.put(column.getKey(), text == null ? null : column.getValue().json(text));
        }
        long key = row.getLong(0);
        String id = source.table() + ":" + key;
        return new Entry(
                key,
                new SourceMessage(
                        ChangeDocument.json(values),
                        Map.of(OutboxSource.ID, id),
                        null,
                        SourceMessage.Origin.of(source.table().toString(), id.getBytes(StandardCharsets.UTF_8))));
    }

    /** Deletes rows that were read; one that was updated since has to be read again. */
    Future<Void> delete(OutboxPosition at, List<Entry> entries) {
        Long[] keys = entries.stream().map(Entry::key).toArray(Long[]::new);
        return ask(
                        "delete from " + source.table().quoted() + " where " + WRITTEN + " and "
                                + TableName.quoted(source.key()) + " = any ($3::int8[])",
                        written(at).addArrayOfLong(keys))
                .mapEmpty();
    }

    private Future<RowSet<Row>> ask(String sql, Tuple values) {
        return connection.preparedQuery(sql).execute(values).timeout(ANSWER_SECONDS, TimeUnit.SECONDS);
    }
}
