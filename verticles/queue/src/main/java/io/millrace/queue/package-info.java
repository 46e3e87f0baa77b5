/**
 * The durable queue: commits ordinary events from Kafka, in order; events that can't be committed are retried or become
 * dead letters.
 */
@NullMarked
package io.millrace.queue;

import org.jspecify.annotations.NullMarked;
