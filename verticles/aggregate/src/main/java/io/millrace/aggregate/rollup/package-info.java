/** KPIs: scheduled roll-ups, their SQL, and the answers to queries. */
@NullMarked
package io.millrace.aggregate.rollup;

import org.jspecify.annotations.NullMarked;
