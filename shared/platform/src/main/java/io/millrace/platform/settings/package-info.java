/** The operator's settings, read by name from file, environment and command line, and the files of packs. */
@NullMarked
package io.millrace.platform.settings;

import org.jspecify.annotations.NullMarked;
