package io.millrace.contracts.stream;

import io.millrace.contracts.event.Position;

/**
 * Where a stream stood at a time.
 *
 * @param position of the last event committed before it: the next one was committed at or after it
 * @param complete false if events committed since then are no longer kept
 */
public record PositionAtTime(Position position, boolean complete) {}
