/** How records travel between nodes, and how events lie in Kafka: one compact codec each, versioned by its first byte. */
@NullMarked
package io.millrace.contracts.wire;

import org.jspecify.annotations.NullMarked;
