/** Entities in memory and in Redis. */
@NullMarked
package io.millrace.cache.entity;

import org.jspecify.annotations.NullMarked;
