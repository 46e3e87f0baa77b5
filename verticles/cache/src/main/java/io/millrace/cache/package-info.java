/** Entities from the near cache, Redis or PostgreSQL; never uncommitted, at most a second behind a commit. */
@NullMarked
package io.millrace.cache;

import org.jspecify.annotations.NullMarked;
