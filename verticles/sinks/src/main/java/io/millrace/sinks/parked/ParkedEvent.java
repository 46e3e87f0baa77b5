package io.millrace.sinks.parked;

import io.millrace.contracts.event.Position;

/**
 * An event that a sink is past: it waits for a retry, or for those of its key before it, or is dead.
 *
 * @param number the order in which events were parked
 * @param attempts deliveries that failed
 * @param firstMs when it was parked, milliseconds since 1970
 * @param dueMs not before this it is tried again
 */
public record ParkedEvent(
        long number, String stream, Position position, String key, int attempts, long firstMs, long dueMs) {
    public ParkedEvent due(long ms) {
        return new ParkedEvent(number, stream, position, key, attempts, firstMs, ms);
    }

    public ParkedEvent again(long nextMs) {
        return new ParkedEvent(number, stream, position, key, attempts + 1, firstMs, nextMs);
    }
}
