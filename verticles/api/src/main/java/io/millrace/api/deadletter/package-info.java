/** Dead-letter routes. */
@NullMarked
package io.millrace.api.deadletter;

import org.jspecify.annotations.NullMarked;
