/** The side of the music bot that people see: Discord's HTTP interface. */
@NullMarked
package io.millrace.services.music.discord;

import org.jspecify.annotations.NullMarked;
