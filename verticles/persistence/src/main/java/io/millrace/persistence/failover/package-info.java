/** Notices that acknowledged events are gone, after a standby without them has become the primary. */
@NullMarked
package io.millrace.persistence.failover;

import org.jspecify.annotations.NullMarked;
