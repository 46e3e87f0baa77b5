/** The WebSocket transport. */
@NullMarked
package io.millrace.broadcast.websocket;

import org.jspecify.annotations.NullMarked;
