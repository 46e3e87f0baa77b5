/** Brings events in from systems that don't know Millrace. */
@NullMarked
package io.millrace.sources;

import org.jspecify.annotations.NullMarked;
