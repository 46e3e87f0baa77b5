/** The typed event-bus addresses and the Kafka topics through which the stages talk. */
@NullMarked
package io.millrace.contracts.bus;

import org.jspecify.annotations.NullMarked;
