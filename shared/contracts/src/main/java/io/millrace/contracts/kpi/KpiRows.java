package io.millrace.contracts.kpi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What KPIs amount to, oldest period first. A period in which nothing counted has no row. */
public record KpiRows(List<Row> rows) {
    /**
     * @param startMicros when the period began, microseconds since 1970 UTC; 0 for a total
     * @param count events that counted, or different values of a KPI that tells them apart
     * @param value a decimal number in plain digits, since no binary one would hold it without loss; null where there is
     *     none: the average, least or greatest of nothing
     */
    public record Row(String kpi, long startMicros, long count, @Nullable String value) {}
}
