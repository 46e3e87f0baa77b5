/** A table of messages that is read by polling, where logical replication isn't allowed. */
@NullMarked
package io.millrace.sources.postgres.outbox;

import org.jspecify.annotations.NullMarked;
