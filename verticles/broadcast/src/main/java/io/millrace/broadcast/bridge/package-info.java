/** The event-bus bridge's protocol, whatever carries its messages: SockJS, or TCP. */
@NullMarked
package io.millrace.broadcast.bridge;

import org.jspecify.annotations.NullMarked;
