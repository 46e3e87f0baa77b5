/** Reads back what was committed. */
@NullMarked
package io.millrace.persistence.read;

import org.jspecify.annotations.NullMarked;
