/** Debezium's engine, which reads a replication slot: fed with texts, and bounded. */
@NullMarked
package io.millrace.sources.postgres.engine;

import org.jspecify.annotations.NullMarked;
