package io.millrace.aggregate.rollup;

import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.Namespace;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The KPIs of the packs with the numbers under which PostgreSQL keeps them. A number belongs to a definition, so a
 * changed KPI is counted from the start, and two releases in one cluster don't mix their figures. Immutable.
 */
public final class KpiRegistry {
    /** One KPI, and its number. */
    record Figure(int id, Kpi kpi) {
        /** The aggregation in the statements: sum, count and so on. */
        String function() {
            return lower(kpi.function());
        }

        /** The path of the field below {@code data}; empty if every event counts. */
        String field() {
            return kpi.field() == null ? "" : String.join(".", kpi.field().fields());
        }

        /** The total and the roll-ups. */
        String periods() {
            return kpi.rollups().stream().map(rollup -> "," + lower(rollup)).collect(Collectors.joining("", "all", ""));
        }
    }

    private final DomainModel domains;
    private final Map<String, Figure> byName = new HashMap<>();
    private final Map<String, List<Figure>> byNamespace = new HashMap<>();

    private KpiRegistry(DomainModel domains, RowSet<Row> registered) {
        this.domains = domains;
        Map<String, Integer> ids = new HashMap<>();
        for (Row row : registered) {
            ids.put(key(row.getString(1), row.getString(2)), row.getInteger(0));
        }
        for (Kpi kpi : domains.kpis()) {
            Figure figure = new Figure(Objects.requireNonNull(ids.get(key(kpi.name(), definition(kpi)))), kpi);
            byName.put(kpi.name(), figure);
            byNamespace
                    .computeIfAbsent(kpi.type().namespace().name(), name -> new ArrayList<>())
                    .add(figure);
        }
    }

    /** Assigns numbers to KPIs that PostgreSQL doesn't know yet. */
    public static Future<KpiRegistry> register(Pool pool, DomainModel domains) {
        Object names = domains.kpis().stream().map(Kpi::name).toArray(String[]::new);
        Object definitions =
                domains.kpis().stream().map(KpiRegistry::definition).toArray(String[]::new);
        return pool.preparedQuery(RollupSql.REGISTER)
                .execute(Tuple.of(names, definitions))
                .compose(known -> pool.preparedQuery(RollupSql.REGISTERED).execute(Tuple.of(names)))
                .map(rows -> new KpiRegistry(domains, rows));
    }

    /** The KPIs that count events of a stream. */
    List<Figure> of(String stream) {
        Namespace namespace = domains.namespaceOf(stream);
        return namespace == null ? List.of() : byNamespace.getOrDefault(namespace.name(), List.of());
    }

    public Collection<Figure> all() {
        return byName.values();
    }

    /** The KPIs with these names; unknown names are ignored. */
    List<Figure> named(List<String> names) {
        List<Figure> named = new ArrayList<>();
        for (String name : names) {
            Figure figure = byName.get(name);
            if (figure != null) {
                named.add(figure);
            }
        }
        return named;
    }

    /** The definition that decides what is counted, without the publishing interval. */
    private static String definition(Kpi kpi) {
        Figure figure = new Figure(0, kpi);
        return figure.function() + " " + (kpi.field() == null ? "*" : kpi.field()) + " of "
                + kpi.type().name() + " by " + figure.periods();
    }

    /** A name has no space. */
    private static String key(String name, String definition) {
        return name + " " + definition;
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
