/** {@code scripts/run --demo betting}. */
@NullMarked
package io.millrace.services.betting.demo;

import org.jspecify.annotations.NullMarked;
