/** Commits events: exactly once, in order, many at a time. */
@NullMarked
package io.millrace.persistence.commit;

import org.jspecify.annotations.NullMarked;
