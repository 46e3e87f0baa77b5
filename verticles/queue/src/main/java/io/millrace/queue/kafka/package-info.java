/** Kafka topics: created, consumed and searched. */
@NullMarked
package io.millrace.queue.kafka;

import org.jspecify.annotations.NullMarked;
