/**
 * Connections and subscriptions of clients. A dispatcher follows streams, once for the node; a hub on each event loop
 * matches groups of subscriptions and writes to its own sockets.
 */
@NullMarked
package io.millrace.broadcast;

import org.jspecify.annotations.NullMarked;
