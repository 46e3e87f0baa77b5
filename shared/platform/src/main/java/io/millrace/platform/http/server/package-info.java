/** The HTTP server and the management port, and their limits on slow and too many connections. */
@NullMarked
package io.millrace.platform.http.server;

import org.jspecify.annotations.NullMarked;
