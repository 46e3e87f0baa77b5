package io.millrace.contracts.kpi;

import java.util.List;

/** Present values of KPIs: the answer to {@link KpiValuesQuery}, and what is published when they change. */
public record KpiValues(List<Value> values) {
    /**
     * @param revision rises with each other value; the time of the value, microseconds since 1970 UTC
     * @param data what clients are sent, a JSON object as bytes: {@code kpi}, {@code value} (null for the average, minimum
     *     or maximum of no events), {@code change} since the value before, {@code count}, {@code windows}
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by revision, never by value
    public record Value(String kpi, long revision, byte[] data) {}
}
