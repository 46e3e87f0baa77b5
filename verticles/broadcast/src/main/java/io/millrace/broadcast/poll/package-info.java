/** The long-poll transport. */
@NullMarked
package io.millrace.broadcast.poll;

import org.jspecify.annotations.NullMarked;
