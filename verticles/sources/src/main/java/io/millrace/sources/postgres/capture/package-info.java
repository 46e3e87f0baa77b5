/** A source that follows a PostgreSQL, from its lease to its slot. */
@NullMarked
package io.millrace.sources.postgres.capture;

import org.jspecify.annotations.NullMarked;
