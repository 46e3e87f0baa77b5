/** Dead letters: stored, listed, edited, sent again. */
@NullMarked
package io.millrace.queue.deadletter;

import org.jspecify.annotations.NullMarked;
