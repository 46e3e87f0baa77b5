/** What all transports share: open connections, tickets, and writing with back-pressure. */
@NullMarked
package io.millrace.broadcast.transport;

import org.jspecify.annotations.NullMarked;
