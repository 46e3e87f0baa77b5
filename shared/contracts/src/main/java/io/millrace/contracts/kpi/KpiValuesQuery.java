package io.millrace.contracts.kpi;

import java.util.List;

/**
 * Asks for the present values of KPIs, as they were published last.
 *
 * @param kpis the names of the KPIs; those that are unknown, or have no value yet, are left out of the answer
 */
public record KpiValuesQuery(List<String> kpis) {}
