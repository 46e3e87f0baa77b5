/** What is allowed in the rooms of the game, and what comes of it: their state in Redis, the rounds, the results. */
@NullMarked
package io.millrace.services.game.arena;

import org.jspecify.annotations.NullMarked;
