/** Events from the records of Kafka topics. */
@NullMarked
package io.millrace.sources.kafka;

import org.jspecify.annotations.NullMarked;
