/** Sends streams to systems that don't know Millrace. */
@NullMarked
package io.millrace.sinks;

import org.jspecify.annotations.NullMarked;
