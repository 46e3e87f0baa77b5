/** A running Millrace with people who play, one of whom cheats, and a server of another make beside it. */
@NullMarked
package io.millrace.services.game.demo;

import org.jspecify.annotations.NullMarked;
