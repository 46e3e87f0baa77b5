package io.millrace.aggregate.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.aggregate.rollup.DistinctSketch;
import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.model.Kpi;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import java.math.BigDecimal;
import java.time.temporal.ChronoField;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The value of one KPI at one moment, over all time and over its windows, and its form for clients. Owned by one thread. */
final class LiveValue {
    private static final String ALL = "all";

    private final Kpi kpi;
    private final Map<String, Part> present = new HashMap<>();
    private final Map<String, Part> before = new HashMap<>();

    /** @param value null for the average, minimum or maximum of no events */
    private record Part(long startMicros, long count, @Nullable BigDecimal value) {}

    LiveValue(Kpi kpi) {
        this.kpi = kpi;
    }

    /** Adds a row of {@link LiveSql#VALUES}. */
    void add(Figure figure, Row row) {
        long start = row.getOffsetDateTime(3).toEpochSecond() * 1_000_000
                + row.getOffsetDateTime(3).getLong(ChronoField.MICRO_OF_SECOND);
        Part part = figure.distinct()
                ? distinct(start, row.getArrayOfBuffers(6))
                : new Part(start, row.getLong(4), row.getString(5) == null ? null : new BigDecimal(row.getString(5)));
        (row.getBoolean(2) ? before : present).put(row.getString(1), part);
    }

    private static Part distinct(long start, Buffer @Nullable [] sketches) {
        DistinctSketch all = new DistinctSketch();
        for (Buffer sketch : sketches == null ? new Buffer[0] : sketches) {
            all.add(sketch);
        }
        return new Part(start, all.count(), BigDecimal.valueOf(all.count()));
    }

    /**
     * The JSON for clients, if the value is another than the last one.
     *
     * @param last the JSON of the value before; null if there is none
     * @param catchUp how much of the history is in it; null if all is
     * @return null if nothing has changed
     */
    @Nullable
    String changed(@Nullable String last, @Nullable CatchUp catchUp) {
        ObjectNode now = json();
        if (catchUp != null) {
            now.putObject("catchingUp").put("counted", catchUp.counted()).put("of", catchUp.of());
        }
        ObjectNode known = last == null ? JsonNodeFactory.instance.objectNode() : Json.parse(last);
        known.remove("change");
        // Compared as texts, since 1 that was written is not 1 that was read.
        if (Json.text(now).equals(Json.text(known))) {
            return null;
        }
        BigDecimal value = part(present, ALL).value;
        BigDecimal previous =
                known.path("value").isNumber() ? known.get("value").decimalValue() : null;
        now.put("change", difference(value, previous));
        return Json.text(now);
    }

    private ObjectNode json() {
        Part total = part(present, ALL);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("kpi", kpi.name()).put("value", total.value).put("count", total.count);
        if (!kpi.windows().isEmpty()) {
            ObjectNode windows = json.putObject("windows");
            for (Kpi.Window window : kpi.windows()) {
                Part now = part(present, window.text());
                Part earlier = part(before, window.text());
                ObjectNode each = windows.putObject(window.text());
                if (window != Kpi.Window.FIVE_MINUTES && window != Kpi.Window.HOUR) {
                    each.put("start", Micros.text(now.startMicros));
                }
                each.put("value", now.value)
                        .put("count", now.count)
                        .put("before", earlier.value)
                        .put("change", difference(now.value, earlier.value));
            }
        }
        return json;
    }

    private static @Nullable BigDecimal difference(@Nullable BigDecimal now, @Nullable BigDecimal before) {
        return now == null || before == null
                ? null
                : new BigDecimal(now.subtract(before).stripTrailingZeros().toPlainString());
    }

    private static Part part(Map<String, Part> parts, String name) {
        return Objects.requireNonNull(parts.get(name), "each KPI has a row for each of its windows");
    }
}
