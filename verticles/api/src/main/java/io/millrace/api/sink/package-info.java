/** The sinks, for operators. */
@NullMarked
package io.millrace.api.sink;

import org.jspecify.annotations.NullMarked;
