/** The music bot without Discord and Lavalink: stand-ins that speak their protocols, for tests and for a demonstration. */
@NullMarked
package io.millrace.services.music.demo;

import org.jspecify.annotations.NullMarked;
