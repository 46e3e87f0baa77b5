/** A small game for two teams: its logic as a service, asked about each action. */
@NullMarked
package io.millrace.services.game;

import org.jspecify.annotations.NullMarked;
