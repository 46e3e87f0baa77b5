/** What a microservice must not lose, in PostgreSQL: events that are joined, timers. */
@NullMarked
package io.millrace.services.state;

import org.jspecify.annotations.NullMarked;
