/** Every way in: HTTP and the event bus. Authenticates, limits, reads, validates; then hands on to the router. */
@NullMarked
package io.millrace.ingest;

import org.jspecify.annotations.NullMarked;
