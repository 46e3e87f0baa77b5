package io.millrace.api.query;

import io.millrace.api.ApiSettings;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Kpi;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/kpis}: the KPIs that the client may see, each with its present value; {@code GET /api/kpis/{name}}: one of
 * them by day, week or month, oldest first. If there are too many periods, the answer has the newest ones; {@code to}
 * leads to earlier ones.
 */
public final class KpiRoutes {
    /** The range of RFC 3339. */
    private static final long EVER = Rfc3339.micros("0000-01-01T00:00:00Z");

    private static final long NEVER = Rfc3339.micros("9999-12-31T23:59:59Z");

    private final DomainModel domains;
    private final Bus bus;
    private final ApiSettings settings;

    public KpiRoutes(DomainModel domains, Bus bus, ApiSettings settings) {
        this.domains = domains;
        this.bus = bus;
        this.settings = settings;
    }

    /** All KPIs that the client may see, with their present values. */
    public Future<JsonObject> totals(RoutingContext ctx, Principal who) {
        List<Kpi> seen = domains.kpis().stream()
                .filter(kpi -> Visibility.sees(domains, kpi, who))
                .toList();
        if (seen.isEmpty()) {
            return Future.succeededFuture(new JsonObject().put("kpis", new JsonArray()));
        }
        List<String> names = seen.stream().map(Kpi::name).toList();
        return bus.request(Addresses.KPI_VALUES, new KpiValuesQuery(names))
                .map(present -> {
                    Map<String, KpiValues.Value> byName = new HashMap<>();
                    present.values().forEach(value -> byName.put(value.kpi(), value));
                    JsonArray kpis = new JsonArray();
                    for (Kpi kpi : seen) {
                        kpis.add(with(byName.get(kpi.name()), described(kpi)));
                    }
                    return new JsonObject().put("kpis", kpis);
                })
                .recover(error -> Bus.isUnserved(error) ? counted(seen, names) : Future.failedFuture(error));
    }

    /** The totals as nodes of the release before count them, while there are no others. */
    private Future<JsonObject> counted(List<Kpi> seen, List<String> names) {
        return bus.request(Addresses.KPIS, KpiQuery.totals(names)).map(answer -> {
            Map<String, KpiRows.Row> byName = new HashMap<>();
            answer.rows().forEach(row -> byName.put(row.kpi(), row));
            JsonArray kpis = new JsonArray();
            for (Kpi kpi : seen) {
                KpiRows.Row row = byName.get(kpi.name());
                kpis.add(described(kpi)
                        .put("count", row == null ? 0 : row.count())
                        .put("value", row == null ? null : decimal(row)));
            }
            return new JsonObject().put("kpis", kpis);
        });
    }

    /** Adds the value that subscribers of the KPI's stream have, too. */
    private static JsonObject with(KpiValues.@Nullable Value value, JsonObject kpi) {
        if (value == null) {
            // A new KPI, or the answer came from a node of another release, which doesn't have all KPIs.
            return kpi.putNull("count").putNull("value");
        }
        Map<String, Object> data = Json.map(value.data());
        data.remove("kpi");
        return kpi.mergeIn(new JsonObject(data)).put("at", Micros.text(value.revision()));
    }

    /** One KPI, period by period. */
    public Future<JsonObject> periods(RoutingContext ctx, Principal who) {
        String name = Objects.requireNonNull(ctx.pathParam("name"));
        Kpi kpi = domains.kpis().stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new MillraceException(Failure.NOT_FOUND, "there is no KPI " + name));
        if (!Visibility.sees(domains, kpi, who)) {
            throw who.refusal("none of your roles may see all of " + kpi.type().name());
        }
        Rollup by = rollup(ctx.request().getParam("by"), kpi);
        KpiQuery query = new KpiQuery(
                List.of(name),
                by,
                Parameters.micros("from", ctx.request().getParam("from"), EVER),
                Parameters.micros("to", ctx.request().getParam("to"), NEVER),
                settings.rollupLimit());
        return bus.request(Addresses.KPIS, query).map(answer -> {
            JsonArray rows = new JsonArray();
            for (KpiRows.Row row : answer.rows()) {
                rows.add(new JsonObject()
                        .put("start", Micros.text(row.startMicros()))
                        .put("date", date(row, kpi))
                        .put("count", row.count())
                        .put("value", decimal(row)));
            }
            return described(kpi).put("by", lower(by)).put("rows", rows);
        });
    }

    /** The day on which a period begins where the KPI's days do. */
    private static String date(KpiRows.Row row, Kpi kpi) {
        return Instant.ofEpochSecond(Math.floorDiv(row.startMicros(), 1_000_000))
                .atZone(kpi.zone())
                .toLocalDate()
                .toString();
    }

    private static JsonObject described(Kpi kpi) {
        JsonArray rollups = new JsonArray();
        kpi.rollups().forEach(rollup -> rollups.add(lower(rollup)));
        return new JsonObject()
                .put("name", kpi.name())
                .put("function", lower(kpi.function()))
                .put("type", kpi.type().name())
                .put("every", kpi.every().toMillis())
                .put("rollups", rollups)
                .put("zone", kpi.zone().getId());
    }

    /** Writes the value as a decimal number without loss. */
    private static @Nullable BigDecimal decimal(KpiRows.Row row) {
        return row.value() == null ? null : new BigDecimal(row.value());
    }

    private static Rollup rollup(@Nullable String by, Kpi kpi) {
        for (Rollup rollup : kpi.rollups()) {
            if (lower(rollup).equals(by)) {
                return rollup;
            }
        }
        String kept = kpi.rollups().stream().map(KpiRoutes::lower).collect(Collectors.joining(", "));
        throw new MillraceException(
                Failure.BAD_MESSAGE,
                kept.isEmpty()
                        ? kpi.name() + " has no roll-ups; its total is at /api/kpis"
                        : "by must be one of " + kept);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
