package io.millrace.contracts.sink;

import org.jspecify.annotations.Nullable;

/**
 * Asks what sinks keep that they haven't delivered.
 *
 * @param sink of one, with its dead events; null for the counts of all
 * @param after only dead events with a larger id
 * @param limit how many of them at most
 */
public record SinkQuery(@Nullable String sink, long after, int limit) {}
