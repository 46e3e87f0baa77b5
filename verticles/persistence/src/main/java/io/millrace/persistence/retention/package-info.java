/** Removes what is past its time: events by the history of their namespace, and the audit. */
@NullMarked
package io.millrace.persistence.retention;

import org.jspecify.annotations.NullMarked;
