/** Seasons of football: their matches, and prices for them. */
@NullMarked
package io.millrace.services.betting.season;

import org.jspecify.annotations.NullMarked;
