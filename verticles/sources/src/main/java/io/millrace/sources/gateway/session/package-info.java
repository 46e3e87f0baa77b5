/** The session of a bot: over many connections, and from node to node. */
@NullMarked
package io.millrace.sources.gateway.session;

import org.jspecify.annotations.NullMarked;
