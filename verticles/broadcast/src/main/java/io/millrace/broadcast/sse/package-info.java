/** The server-sent-events transport. */
@NullMarked
package io.millrace.broadcast.sse;

import org.jspecify.annotations.NullMarked;
