/** A bot's gateway as a source: a WebSocket of an outside system that is kept open, Discord's first. */
@NullMarked
package io.millrace.sources.gateway;

import org.jspecify.annotations.NullMarked;
