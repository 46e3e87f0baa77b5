/** Where the node's own Redis is, alone, behind Sentinels or as a Redis Cluster, and how to get in. */
@NullMarked
package io.millrace.redis;

import org.jspecify.annotations.NullMarked;
