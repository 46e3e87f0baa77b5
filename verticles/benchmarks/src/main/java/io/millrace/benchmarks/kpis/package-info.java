/** What live KPIs cost. */
@NullMarked
package io.millrace.benchmarks.kpis;

import org.jspecify.annotations.NullMarked;
