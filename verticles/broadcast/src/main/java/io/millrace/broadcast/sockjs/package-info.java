/** The SockJS event-bus bridge and its transports. */
@NullMarked
package io.millrace.broadcast.sockjs;

import org.jspecify.annotations.NullMarked;
