package io.millrace.contracts.journey;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way of one event, as far as it is known: committed, dropped since it had expired, or still on its way.
 *
 * @param event its envelope; data and metadata are empty, {@code acceptedAtMicros} is 0 if it wasn't written down
 * @param path null if it wasn't written down
 * @param position null if it isn't committed
 * @param entityVersion the version that it made of its entity; 0 if it has none, or changed nothing of it
 * @param droppedBy the stage; null if it wasn't dropped
 * @param endedMicros when it was committed or dropped, microseconds since 1970 UTC; 0 if it was neither
 * @param stops what happened to it in the queue, in order, but for the attempt that committed it
 */
public record Journey(
        Event event,
        @Nullable CommitPath path,
        @Nullable Position position,
        long entityVersion,
        @Nullable String droppedBy,
        long endedMicros,
        List<Stop> stops) {
    /** Whether it is over. */
    public boolean ended() {
        return position != null || droppedBy != null;
    }

    public Journey with(List<Stop> others) {
        return new Journey(event, path, position, entityVersion, droppedBy, endedMicros, others);
    }

    /** Travels by its place: append, never reorder. */
    public enum Happened {
        /** It waits for its first attempt. */
        QUEUED,
        /** It could not be committed, and waits for its next attempt. */
        PARKED,
        /** It was given up: a dead letter. */
        DEAD,
        /** Somebody had it tried anew. */
        REDRIVEN,
        /** Somebody decided that it is of no use. */
        DISCARDED
    }

    /**
     * @param atMicros microseconds since 1970 UTC
     * @param attempts that had failed by then
     * @param code of the last failure; null if there was none
     * @param message of it
     * @param by who decided it; null if nobody did
     */
    public record Stop(
            Happened happened,
            long atMicros,
            int attempts,
            @Nullable String code,
            @Nullable String message,
            @Nullable String by) {}
}
