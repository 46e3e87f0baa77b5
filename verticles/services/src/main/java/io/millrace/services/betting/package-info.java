/** A bookmaker on the pack {@code betting}: the program with the real table of wagers, and the services of the house. */
@NullMarked
package io.millrace.services.betting;

import org.jspecify.annotations.NullMarked;
