/**
 * Sources and sinks, which run on one node at a time: the lease in PostgreSQL that says on which, and what starts and stops them.
 */
@NullMarked
package io.millrace.postgres.lease;

import org.jspecify.annotations.NullMarked;
