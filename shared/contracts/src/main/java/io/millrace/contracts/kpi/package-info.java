/** Queries about KPIs and their periods. */
@NullMarked
package io.millrace.contracts.kpi;

import org.jspecify.annotations.NullMarked;
