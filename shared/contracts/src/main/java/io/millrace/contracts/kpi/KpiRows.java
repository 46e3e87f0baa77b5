package io.millrace.contracts.kpi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values of KPIs, oldest period first. A period without events has no row. */
public record KpiRows(List<Row> rows) {
    /**
     * @param startMicros when the period started, microseconds since 1970 UTC; 0 for a total
     * @param count the number of events, or of distinct values for a KPI that counts these
     * @param value the value as a decimal number in plain digits, without loss; null for the average, minimum or
     *     maximum of no events
     */
    public record Row(String kpi, long startMicros, long count, @Nullable String value) {}
}
