/** Streams that go out to the topics of a Kafka. */
@NullMarked
package io.millrace.sinks.kafka;

import org.jspecify.annotations.NullMarked;
