/** What a sink is, what it sends, and where to. */
@NullMarked
package io.millrace.sinks.message;

import org.jspecify.annotations.NullMarked;
