/** Every way in: HTTP and the event bus. Authenticates, limits, reads and validates events, and sends them to the router. */
@NullMarked
package io.millrace.ingest;

import org.jspecify.annotations.NullMarked;
