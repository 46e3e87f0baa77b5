package io.millrace.contracts.sink;

import io.millrace.contracts.event.Position;

/**
 * @param matched how many dead events there were; 1 for a sink that was disabled
 * @param done how many of these the command has handled
 * @param position from which a stream is replayed; {@link Position#EMPTY} for other commands
 */
public record SinkCommandResult(long matched, long done, Position position) {}
