/** The common part of all ways in: limits, validation, and batches to the router. */
@NullMarked
package io.millrace.ingest.intake;

import org.jspecify.annotations.NullMarked;
