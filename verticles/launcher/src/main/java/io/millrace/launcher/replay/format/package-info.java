/** Reads files of rows or events, row by row. */
@NullMarked
package io.millrace.launcher.replay.format;

import org.jspecify.annotations.NullMarked;
