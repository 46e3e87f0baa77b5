package io.millrace.aggregate.rollup;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Kpi;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.resilience.AsyncLoop;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The KPIs of the packs with the numbers under which PostgreSQL keeps them. A number belongs to a definition, so a
 * changed KPI is counted from the start, and two releases in one cluster don't mix their figures. Immutable.
 */
public final class KpiRegistry {
    private static final String UTC = "UTC";
    private static final String TEN_SECONDS = "10s";
    private static final String MINUTE = "minute";

    /** One KPI, and its number. */
    public record Figure(int id, Kpi kpi) {
        /** The aggregation in the statements: sum, count and so on. */
        public String function() {
            return lower(kpi.function());
        }

        /** The path of the field below {@code data}; empty if every event counts. */
        String field() {
            return kpi.field() == null ? "" : String.join(".", kpi.field().fields());
        }

        /** The total, the roll-ups, and what the windows are made of. */
        String periods() {
            Set<String> periods = new LinkedHashSet<>(List.of("all"));
            kpi.rollups().forEach(rollup -> periods.add(lower(rollup)));
            kpi.windows().forEach(window -> periods.add(step(window)));
            return String.join(",", periods);
        }

        /** The total, and the windows. */
        public String windows() {
            return kpi.windows().stream().map(window -> "," + window.text()).collect(Collectors.joining("", "all", ""));
        }

        /** The time zone's name in the IANA database; UTC where no day, week or month is kept. */
        public String zone() {
            return calendar().isEmpty() ? UTC : kpi.zone().getId();
        }

        /** The days, weeks and months that are kept. */
        private Set<String> calendar() {
            Set<String> calendar = new LinkedHashSet<>(List.of(periods().split(",")));
            calendar.removeAll(List.of("all", TEN_SECONDS, MINUTE));
            return calendar;
        }

        /** After how many seconds since 1970, and their multiples, the value may change though no event is counted. */
        public int stepSeconds() {
            return kpi.windows().isEmpty()
                    ? Integer.MAX_VALUE
                    : kpi.windows().contains(Kpi.Window.FIVE_MINUTES) ? 10 : 60;
        }

        public boolean distinct() {
            return kpi.function() == Kpi.Function.DISTINCT;
        }

        private static String step(Kpi.Window window) {
            return switch (window) {
                case FIVE_MINUTES -> TEN_SECONDS;
                case HOUR -> MINUTE;
                case TODAY -> "day";
                case WEEK -> "week";
                case MONTH -> "month";
            };
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

    /**
     * Assigns numbers to KPIs that PostgreSQL doesn't know yet. Fails as {@link Failure#INTERNAL} if it doesn't know a time
     * zone.
     */
    public static Future<KpiRegistry> register(Pool pool, DomainModel domains) {
        Object names = domains.kpis().stream().map(Kpi::name).toArray(String[]::new);
        Object definitions =
                domains.kpis().stream().map(KpiRegistry::definition).toArray(String[]::new);
        Object zones =
                domains.kpis().stream().map(kpi -> new Figure(0, kpi).zone()).toArray(String[]::new);
        return pool.preparedQuery(RollupSql.UNKNOWN_ZONES)
                .execute(Tuple.of(zones))
                .compose(unknown -> unknown.size() == 0
                        ? pool.preparedQuery(RollupSql.REGISTER).execute(Tuple.of(names, definitions))
                        : Future.failedFuture(new MillraceException(
                                Failure.INTERNAL,
                                "PostgreSQL doesn't know the time zone "
                                        + unknown.iterator().next().getString(0)
                                        + " of a pack: update PostgreSQL, or name another zone")))
                .compose(known -> pool.preparedQuery(RollupSql.REGISTERED).execute(Tuple.of(names)))
                .map(rows -> new KpiRegistry(domains, rows))
                .compose(figures -> {
                    Tuple ids = Tuple.of(
                            (Object) figures.all().stream().map(Figure::id).toArray(Integer[]::new));
                    return pool.preparedQuery(RollupSql.INCOMPLETE)
                            .execute(ids)
                            .compose(found -> {
                                Set<Integer> incomplete = new HashSet<>();
                                found.forEach(row -> incomplete.add(row.getInteger(0)));
                                return incomplete.isEmpty()
                                        ? Future.succeededFuture()
                                        : figures.catchUp(pool, incomplete);
                            })
                            // Last: a KPI with a row and nothing noted is complete.
                            .compose(noted ->
                                    pool.preparedQuery(RollupSql.BEGIN_LIVE).execute(ids))
                            .map(begun -> figures);
                });
    }

    /** Notes where the streams are, page by page: KPIs that are new have to come so far. */
    private Future<?> catchUp(Pool pool, Set<Integer> incomplete) {
        int[] from = {0};
        return AsyncLoop.run(() -> pool.preparedQuery(RollupSql.STREAMS)
                .execute(Tuple.of(from[0]))
                .compose(page -> {
                    if (page.size() == 0) {
                        return Future.succeededFuture(false);
                    }
                    List<Integer> kpis = new ArrayList<>();
                    List<Integer> streams = new ArrayList<>();
                    List<Long> heads = new ArrayList<>();
                    int last = from[0];
                    for (Row row : page) {
                        last = row.getInteger(0);
                        for (Figure figure : of(row.getString(1))) {
                            if (incomplete.contains(figure.id())) {
                                kpis.add(figure.id());
                                streams.add(last);
                                heads.add(row.getLong(2));
                            }
                        }
                    }
                    Tuple noted = Tuple.of(
                            from[0],
                            last,
                            incomplete.toArray(Integer[]::new),
                            kpis.toArray(Integer[]::new),
                            streams.toArray(Integer[]::new),
                            heads.toArray(Long[]::new));
                    from[0] = last;
                    return pool.preparedQuery(RollupSql.CATCH_UP).execute(noted).map(true);
                }));
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
    public List<Figure> named(List<String> names) {
        List<Figure> named = new ArrayList<>();
        for (String name : names) {
            Figure figure = byName.get(name);
            if (figure != null) {
                named.add(figure);
            }
        }
        return named;
    }

    /**
     * The definition that decides what is counted, without the publishing interval. Nor has it the steps of sliding windows,
     * which are kept for hours only: when such a window is added, the other figures go on. Those of UTC and those that
     * don't count distinct values read as they did before there were time zones and sketches.
     */
    private static String definition(Kpi kpi) {
        Figure figure = new Figure(0, kpi);
        return figure.function() + (figure.distinct() ? " sketch " : " ") + (kpi.field() == null ? "*" : kpi.field())
                + " of " + kpi.type().name() + " by "
                + Stream.concat(Stream.of("all"), figure.calendar().stream()).collect(Collectors.joining(","))
                + (figure.zone().equals(UTC) ? "" : " in " + figure.zone());
    }

    /** A name has no space. */
    private static String key(String name, String definition) {
        return name + " " + definition;
    }

    static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
