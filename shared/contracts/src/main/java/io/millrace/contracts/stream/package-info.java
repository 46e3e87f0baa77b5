/** Queries about streams: heads, history, and the position at a time. */
@NullMarked
package io.millrace.contracts.stream;

import org.jspecify.annotations.NullMarked;
