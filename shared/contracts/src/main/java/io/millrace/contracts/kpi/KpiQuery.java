package io.millrace.contracts.kpi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks what KPIs amount to.
 *
 * @param kpis their names; one that isn't known is left out of the answer
 * @param by the roll-up wanted; null for the total over all time, of which there is one row for each KPI
 * @param fromMicros the first beginning of a period wanted, microseconds since 1970 UTC; of no meaning for totals
 * @param toMicros and the first one not wanted any more
 * @param limit rows, at least 1: the newest ones
 */
public record KpiQuery(List<String> kpis, @Nullable Rollup by, long fromMicros, long toMicros, int limit) {
    /** The total of each. */
    public static KpiQuery totals(List<String> kpis) {
        return new KpiQuery(kpis, null, 0, 0, Math.max(1, kpis.size()));
    }
}
