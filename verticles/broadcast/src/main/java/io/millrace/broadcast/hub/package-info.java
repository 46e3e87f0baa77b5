/**
 * The subscription core, the same behind every transport: matching, fan-out, resume, and what a slow client gets. A
 * {@link io.millrace.broadcast.hub.StreamDispatcher} for the node, a {@link io.millrace.broadcast.hub.Hub} for each event
 * loop of the HTTP server.
 */
@NullMarked
package io.millrace.broadcast.hub;

import org.jspecify.annotations.NullMarked;
