/** What the nodes count, and how each metric is described. */
@NullMarked
package io.millrace.platform.metrics;

import org.jspecify.annotations.NullMarked;
