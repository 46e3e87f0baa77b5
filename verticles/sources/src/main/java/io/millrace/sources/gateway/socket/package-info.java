/** One connection to a gateway: its frames, its heartbeat and its end. */
@NullMarked
package io.millrace.sources.gateway.socket;

import org.jspecify.annotations.NullMarked;
