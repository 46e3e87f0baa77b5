/** The event-bus bridge over SockJS and its transports. */
@NullMarked
package io.millrace.broadcast.sockjs;

import org.jspecify.annotations.NullMarked;
