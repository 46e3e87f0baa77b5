/** Events that a sink is past and hasn't delivered. */
@NullMarked
package io.millrace.sinks.parked;

import org.jspecify.annotations.NullMarked;
