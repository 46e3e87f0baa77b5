/** Redis as a source: channels, patterns and sharded channels of pub/sub, and streams by a consumer group. */
@NullMarked
package io.millrace.sources.redis;

import org.jspecify.annotations.NullMarked;
