/** Admission and rate limits of connections and messages. */
@NullMarked
package io.millrace.broadcast.limit;

import org.jspecify.annotations.NullMarked;
