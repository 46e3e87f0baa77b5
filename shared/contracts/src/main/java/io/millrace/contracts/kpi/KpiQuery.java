package io.millrace.contracts.kpi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the values of KPIs.
 *
 * @param kpis the names of the KPIs; unknown ones are left out of the answer
 * @param by the roll-up; null for the total over all time, one row for each KPI
 * @param fromMicros the start of the first period, microseconds since 1970 UTC; ignored for totals
 * @param toMicros the start of the first period after the last one, microseconds since 1970 UTC; ignored for totals
 * @param limit the largest number of rows, at least 1; the newest ones
 */
public record KpiQuery(List<String> kpis, @Nullable Rollup by, long fromMicros, long toMicros, int limit) {
    /** The total of each. */
    public static KpiQuery totals(List<String> kpis) {
        return new KpiQuery(kpis, null, 0, 0, Math.max(1, kpis.size()));
    }
}
