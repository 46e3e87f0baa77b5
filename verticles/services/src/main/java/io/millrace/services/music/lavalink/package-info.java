/** Lavalink, version 4: its HTTP interface and its WebSocket. */
@NullMarked
package io.millrace.services.music.lavalink;

import org.jspecify.annotations.NullMarked;
