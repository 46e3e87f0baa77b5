/** Follows streams, in order, from where a sink was. */
@NullMarked
package io.millrace.sinks.follow;

import org.jspecify.annotations.NullMarked;
