/** Loads of the sources: what other systems send, beside the same sent to what people would use instead. */
@NullMarked
package io.millrace.benchmarks.sources;

import org.jspecify.annotations.NullMarked;
