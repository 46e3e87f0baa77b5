package io.millrace.contracts.kpi;

/** A period of the calendar for which a KPI is kept, in the time zone of its pack. Travels by ordinal: append, never reorder. */
public enum Rollup {
    DAY,
    /** From Monday, as ISO 8601 has it. */
    WEEK,
    MONTH
}
