/**
 * The real PostgreSQL, Redis and Kafka, started in place from programs that Maven fetched. For running on one machine
 * and for testing; never in the image.
 *
 * <p>{@link io.millrace.backends.EmbeddedBackends} starts all three; each is an {@link
 * io.millrace.backends.EmbeddedServer} of its own, which a test may kill and restart.
 */
@NullMarked
package io.millrace.backends;

import org.jspecify.annotations.NullMarked;
