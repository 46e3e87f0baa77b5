/** Reads files of rows or events, row by row. */
@NullMarked
package io.millrace.launcher.replay.read;

import org.jspecify.annotations.NullMarked;
