/** The files of sources. */
@NullMarked
package io.millrace.sources.file;

import org.jspecify.annotations.NullMarked;
