package io.millrace.contracts.stream;

import io.millrace.contracts.event.Position;

/**
 * The position of a stream at a time.
 *
 * @param position the position of the last event committed before the time
 * @param complete whether all events committed since then are still kept
 */
public record PositionAtTime(Position position, boolean complete) {}
