package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterPage;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Stores, finds and counts dead letters. Owned by the queue verticle's event loop. */
public final class DeadLetterRepository {
    private final Pool pool;
    private final DeadLetterCounts counts;

    public DeadLetterRepository(Pool pool) {
        this.pool = pool;
        this.counts = new DeadLetterCounts(pool);
    }

    /**
     * Stores letters that aren't stored yet.
     *
     * @param silent which letters raise no alert
     * @return the codes of the new ones
     */
    Future<List<String>> add(List<DeadLetterRow> rows, Predicate<DeadLetterRow> silent) {
        return insert(DeadLetterSql.INSERT, rows, silent);
    }

    /** Stores a letter of a source, which stands again if it was decided about before. */
    Future<List<String>> report(DeadLetterRow row, Predicate<DeadLetterRow> silent) {
        return insert(DeadLetterSql.REPORT, List.of(row), silent);
    }

    private Future<List<String>> insert(String sql, List<DeadLetterRow> rows, Predicate<DeadLetterRow> silent) {
        Tuple columns = Tuple.tuple()
                .addValue(column(rows, String[]::new, row -> text(row.trail().topic())))
                .addValue(column(rows, Integer[]::new, row -> row.trail().partition()))
                .addValue(column(rows, Long[]::new, row -> row.trail().offset()))
                .addValue(column(rows, Long[]::new, row -> micros(row.trail().timeMs())))
                .addValue(column(rows, String[]::new, row -> of(row, Event::id)))
                .addValue(column(rows, String[]::new, row -> text(row.source())))
                .addValue(column(rows, String[]::new, row -> of(row, Event::type)))
                .addValue(column(rows, String[]::new, row -> text(row.stream())))
                .addValue(column(rows, String[]::new, row -> text(row.trail().code())))
                .addValue(column(rows, String[]::new, row -> text(row.trail().message())))
                .addValue(column(rows, String[]::new, DeadLetterRow::fingerprint))
                .addValue(column(rows, String[]::new, DeadLetterRow::stage))
                .addValue(column(rows, Integer[]::new, row -> row.trail().attempts()))
                .addValue(column(rows, String[]::new, DeadLetterRow::headers))
                .addValue(column(rows, String[]::new, DeadLetterRow::json))
                .addValue(column(rows, Buffer[]::new, row -> buffer(row.key())))
                .addValue(column(rows, Buffer[]::new, row -> buffer(row.record())))
                .addValue(column(rows, Long[]::new, row -> micros(row.trail().firstFailureMs())))
                .addValue(column(rows, Long[]::new, row -> micros(row.trail().lastFailureMs())))
                .addValue(column(rows, Boolean[]::new, silent::test));
        return pool.preparedQuery(sql).execute(columns).map(added -> {
            List<String> codes = new ArrayList<>();
            added.forEach(row -> codes.add(row.getString(0)));
            return codes;
        });
    }

    /** The number of open dead letters. */
    public Future<Long> standing() {
        return pool.query(DeadLetterSql.STANDING)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    public Future<DeadLetterPage> page(DeadLetterQuery query) {
        Tuple parameters = filter(query.filter()).addLong(query.before()).addInteger(query.limit());
        Future<List<DeadLetter>> letters = pool.preparedQuery(
                        query.content() ? DeadLetterSql.WHOLE : DeadLetterSql.PAGE)
                .execute(parameters)
                .map(rows -> {
                    List<DeadLetter> found = new ArrayList<>();
                    rows.forEach(row -> found.add(letter(row, query.content())));
                    return found;
                });
        return letters.compose(found -> query.groups()
                        ? counts.groups(query.filter(), found)
                        : Future.succeededFuture(new DeadLetterPage(found, List.of(), 0, 0)))
                .recover(PgErrors::toFailure);
    }

    Future<Long> count(DeadLetterFilter filter) {
        return counts.count(filter);
    }

    /** A filter as {@code $1} to {@code $10}. */
    static Tuple filter(DeadLetterFilter filter) {
        return Tuple.tuple()
                .addValue(filter.ids().toArray(Long[]::new))
                .addString(filter.type())
                .addString(filter.stream())
                .addString(filter.reason())
                .addString(filter.fingerprint())
                .addLong(filter.fromMicros())
                .addLong(filter.toMicros())
                .addString(filter.state() == null ? null : wire(filter.state()))
                .addString(filter.source())
                .addLong(filter.act());
    }

    /** A filter as the audit has it; its state is that of the act. */
    static String json(DeadLetterFilter filter) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!filter.ids().isEmpty()) {
            ArrayNode ids = json.putArray("ids");
            filter.ids().forEach(ids::add);
        }
        put(json, "type", filter.type());
        put(json, "stream", filter.stream());
        put(json, "reason", filter.reason());
        put(json, "fingerprint", filter.fingerprint());
        put(json, "from", filter.fromMicros() == DeadLetterFilter.EVER ? null : Micros.text(filter.fromMicros()));
        put(json, "to", filter.toMicros() == DeadLetterFilter.NEVER ? null : Micros.text(filter.toMicros()));
        put(json, "source", filter.source());
        if (filter.act() != 0) {
            json.put("act", filter.act());
        }
        return json.toString();
    }

    private static void put(ObjectNode json, String name, @Nullable String value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    /** A filter that {@link #json} wrote. */
    static DeadLetterFilter filter(JsonNode json) {
        List<Long> ids = new ArrayList<>();
        json.path("ids").forEach(id -> ids.add(id.longValue()));
        return new DeadLetterFilter(
                ids,
                json.path("type").textValue(),
                json.path("stream").textValue(),
                json.path("reason").textValue(),
                json.path("fingerprint").textValue(),
                Parameters.micros("from", json.path("from").textValue(), DeadLetterFilter.EVER),
                Parameters.micros("to", json.path("to").textValue(), DeadLetterFilter.NEVER),
                null,
                json.path("source").textValue(),
                json.path("act").longValue());
    }

    static String wire(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static DeadLetter letter(Row row, boolean content) {
        return new DeadLetter(
                row.getLong(0),
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getInteger(9),
                row.getString(10),
                row.getLong(11),
                row.getLong(12),
                DeadLetter.State.valueOf(row.getString(13).toUpperCase(Locale.ROOT)),
                row.getInteger(14),
                row.getLong(15),
                sequel(row.getString(16)),
                content ? content(row) : null);
    }

    private static DeadLetter.@Nullable Sequel sequel(@Nullable String word) {
        return word == null ? null : DeadLetter.Sequel.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private static DeadLetter.Content content(Row row) {
        String event = row.getString(17);
        return new DeadLetter.Content(
                event == null ? null : event.getBytes(StandardCharsets.UTF_8),
                row.getString(18).getBytes(StandardCharsets.UTF_8),
                row.getBuffer(19).getBytes());
    }

    private interface Value {
        @Nullable
        Object of(DeadLetterRow row);
    }

    /** An array as one parameter. */
    private static Object column(List<DeadLetterRow> rows, IntFunction<@Nullable Object[]> array, Value value) {
        @Nullable Object[] column = array.apply(rows.size());
        for (int i = 0; i < column.length; i++) {
            column[i] = value.of(rows.get(i));
        }
        return column;
    }

    private static @Nullable String of(DeadLetterRow row, Function<Event, String> field) {
        return row.event() == null ? null : text(field.apply(row.event()));
    }

    /** PostgreSQL's texts can't have the character NUL. */
    private static @Nullable String text(@Nullable String value) {
        return value == null ? null : value.replace('\0', '\uFFFD');
    }

    /** Limits the time of a foreign record to the range of a row. */
    private static long micros(long ms) {
        return Math.max(0, Math.min(ms, DeadLetterFilter.NEVER / 1000)) * 1000;
    }

    private static @Nullable Buffer buffer(byte @Nullable [] bytes) {
        return bytes == null ? null : Buffer.buffer(bytes);
    }
}
