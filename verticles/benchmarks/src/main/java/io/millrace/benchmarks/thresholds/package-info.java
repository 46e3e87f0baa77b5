/** What the autoscalers look at, and where latency begins to rise in it. */
@NullMarked
package io.millrace.benchmarks.thresholds;

import org.jspecify.annotations.NullMarked;
