/** The closed set of failures, and the one exception that carries them. */
@NullMarked
package io.millrace.contracts.failure;

import org.jspecify.annotations.NullMarked;
