/** Brings queued events into the commit, with retries. */
@NullMarked
package io.millrace.queue.commit;

import org.jspecify.annotations.NullMarked;
