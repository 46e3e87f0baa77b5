/** The commands of the command line. */
@NullMarked
package io.millrace.launcher.command;

import org.jspecify.annotations.NullMarked;
