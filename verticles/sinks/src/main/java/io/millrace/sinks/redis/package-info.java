/** Redis channels as sinks. */
@NullMarked
package io.millrace.sinks.redis;

import org.jspecify.annotations.NullMarked;
