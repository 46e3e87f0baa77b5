package io.millrace.api.read;

import io.millrace.api.ApiSettings;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Parameters;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Kpi;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/kpis}: the KPIs that the client may see, each with its total; {@code GET /api/kpis/{name}}: one of
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

    /** All KPIs that the client may see, with their totals. */
    public Future<JsonObject> totals(RoutingContext ctx, Principal who) {
        List<Kpi> seen = domains.kpis().stream().filter(kpi -> sees(who, kpi)).toList();
        if (seen.isEmpty()) {
            return Future.succeededFuture(new JsonObject().put("kpis", new JsonArray()));
        }
        KpiQuery query = KpiQuery.totals(seen.stream().map(Kpi::name).toList());
        return bus.request(Addresses.KPIS, query).map(totals -> {
            Map<String, KpiRows.Row> byName = new HashMap<>();
            totals.rows().forEach(row -> byName.put(row.kpi(), row));
            JsonArray kpis = new JsonArray();
            for (Kpi kpi : seen) {
                // The answer may come from a node of another release, which doesn't have all KPIs.
                KpiRows.Row row = byName.getOrDefault(kpi.name(), new KpiRows.Row(kpi.name(), 0, 0, null));
                kpis.add(described(kpi).put("count", row.count()).put("value", decimal(row)));
            }
            return new JsonObject().put("kpis", kpis);
        });
    }

    /** One KPI, period by period. */
    public Future<JsonObject> periods(RoutingContext ctx, Principal who) {
        String name = Objects.requireNonNull(ctx.pathParam("name"));
        Kpi kpi = domains.kpis().stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new MillraceException(Failure.NOT_FOUND, "there is no KPI " + name));
        if (!sees(who, kpi)) {
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
                        .put("count", row.count())
                        .put("value", decimal(row)));
            }
            return described(kpi).put("by", lower(by)).put("rows", rows);
        });
    }

    /** A KPI counts all events of the type, so only clients that see all of them may see it. */
    private boolean sees(Principal who, Kpi kpi) {
        EventType type = kpi.type();
        // A claim gives access to some streams of a namespace, but the KPI counts all.
        return type.namespace().accessClaim() == null && domains.seeLevel(who.roles(), type) == AccessLevel.ALL;
    }

    private static JsonObject described(Kpi kpi) {
        JsonArray rollups = new JsonArray();
        kpi.rollups().forEach(rollup -> rollups.add(lower(rollup)));
        return new JsonObject()
                .put("name", kpi.name())
                .put("function", lower(kpi.function()))
                .put("type", kpi.type().name())
                .put("every", kpi.every().toMillis())
                .put("rollups", rollups);
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
