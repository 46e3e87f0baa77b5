/** Where all ways in meet: limits, validation, and the hop to the router. */
@NullMarked
package io.millrace.ingest.intake;

import org.jspecify.annotations.NullMarked;
