/** The present values of the KPIs, published at their pace. */
@NullMarked
package io.millrace.aggregate.live;

import org.jspecify.annotations.NullMarked;
