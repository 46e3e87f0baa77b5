/** Rate limits whose totals all nodes count together. */
@NullMarked
package io.millrace.platform.limit;

import org.jspecify.annotations.NullMarked;
