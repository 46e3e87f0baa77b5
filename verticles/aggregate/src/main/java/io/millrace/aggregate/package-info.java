/** KPIs over committed events: exact figures by day, week, month and over all time, in PostgreSQL. */
@NullMarked
package io.millrace.aggregate;

import org.jspecify.annotations.NullMarked;
