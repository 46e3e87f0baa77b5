/** Reads a Redis: its channels on one connection, its streams on another. */
@NullMarked
package io.millrace.sources.redis.consume;

import org.jspecify.annotations.NullMarked;
