/**
 * Sources that run on one node at a time: the lease in PostgreSQL that says on which, and what starts and stops them.
 */
@NullMarked
package io.millrace.sources.lease;

import org.jspecify.annotations.NullMarked;
