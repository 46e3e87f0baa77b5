/** PostgreSQL, Redis and Kafka as child processes. */
@NullMarked
package io.millrace.backends.server;

import org.jspecify.annotations.NullMarked;
