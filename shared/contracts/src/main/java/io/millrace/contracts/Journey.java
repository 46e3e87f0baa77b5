package io.millrace.contracts;

import org.jspecify.annotations.Nullable;

/**
 * The way of one event, as far as it is written down: committed, or dropped since it had expired.
 *
 * @param event its envelope; data and metadata are empty, {@code acceptedAtMicros} is 0 if it wasn't written down
 * @param passage null if it wasn't written down
 * @param position null if it was dropped
 * @param entityVersion what it made of its entity; 0 if it has none
 * @param droppedBy the stage; null if it was committed
 * @param endedMicros when it was committed or dropped, microseconds since 1970 UTC
 */
public record Journey(
        Event event,
        @Nullable Passage passage,
        @Nullable Position position,
        long entityVersion,
        @Nullable String droppedBy,
        long endedMicros) {}
