/** Reads back what was committed. */
@NullMarked
package io.millrace.persistence.query;

import org.jspecify.annotations.NullMarked;
