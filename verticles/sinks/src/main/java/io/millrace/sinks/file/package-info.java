/** The files of sinks. */
@NullMarked
package io.millrace.sinks.file;

import org.jspecify.annotations.NullMarked;
