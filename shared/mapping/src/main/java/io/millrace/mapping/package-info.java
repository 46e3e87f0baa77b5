/** The mapping language: rows of a table to events. */
@NullMarked
package io.millrace.mapping;

import org.jspecify.annotations.NullMarked;
