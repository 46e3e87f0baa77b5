/** Events by their id: what they said, and what became of them. */
@NullMarked
package io.millrace.api.journey;

import org.jspecify.annotations.NullMarked;
