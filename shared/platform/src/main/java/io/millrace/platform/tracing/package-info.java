/** Distributed tracing: the trace of an event (W3C Trace Context), and its spans at each hop (OpenTelemetry). */
@NullMarked
package io.millrace.platform.tracing;

import org.jspecify.annotations.NullMarked;
