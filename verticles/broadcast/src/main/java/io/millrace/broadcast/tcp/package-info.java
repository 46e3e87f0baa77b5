/** The event-bus bridge over TCP, for programs in other languages. */
@NullMarked
package io.millrace.broadcast.tcp;

import org.jspecify.annotations.NullMarked;
