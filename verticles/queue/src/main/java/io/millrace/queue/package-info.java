/** The durable queue: ordinary events out of Kafka, in order, into the commit; what can't be committed, aside. */
@NullMarked
package io.millrace.queue;

import org.jspecify.annotations.NullMarked;
