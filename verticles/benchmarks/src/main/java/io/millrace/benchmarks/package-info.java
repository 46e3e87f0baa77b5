/** Measurements: not part of the product, and started only by {@code scripts/bench}. */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
