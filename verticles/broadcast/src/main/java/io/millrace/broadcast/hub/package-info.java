/**
 * The subscription core, the same behind every transport: who follows which stream with which filter, how fast, in which
 * form; resume, and what a slow client gets. A {@link io.millrace.broadcast.hub.Feed} for the node, a {@link
 * io.millrace.broadcast.hub.Hub} for each event loop of the HTTP front.
 */
@NullMarked
package io.millrace.broadcast.hub;

import org.jspecify.annotations.NullMarked;
