/** Batching, backoff, retries, circuit breakers and timeouts. */
@NullMarked
package io.millrace.platform.resilience;

import org.jspecify.annotations.NullMarked;
