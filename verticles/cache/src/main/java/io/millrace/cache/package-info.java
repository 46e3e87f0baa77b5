/** Entities by the shortest way: near cache, Redis, PostgreSQL; never uncommitted, at most a second behind a commit. */
@NullMarked
package io.millrace.cache;

import org.jspecify.annotations.NullMarked;
