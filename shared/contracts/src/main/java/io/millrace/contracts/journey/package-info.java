/** What became of an event, stage by stage and connection by connection. */
@NullMarked
package io.millrace.contracts.journey;

import org.jspecify.annotations.NullMarked;
