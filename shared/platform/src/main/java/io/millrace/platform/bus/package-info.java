/** The typed event bus and its codecs with message authentication. */
@NullMarked
package io.millrace.platform.bus;

import org.jspecify.annotations.NullMarked;
