package io.millrace.contracts.journey;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The journey of one event, as far as it is known: committed, dropped because it had expired, or in progress.
 *
 * @param event the event without data and metadata; {@code acceptedAtMicros} is 0 if it isn't known
 * @param path the commit path; null if it isn't known
 * @param position the position; null if the event isn't committed
 * @param entityVersion the entity's version after the event; 0 if there is no entity or the event didn't change it
 * @param droppedBy the stage that dropped the event; null if it wasn't dropped
 * @param endedMicros when the event was committed or dropped, microseconds since 1970 UTC; 0 if neither
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
    /** Whether the journey has ended. */
    public boolean ended() {
        return position != null || droppedBy != null;
    }

    public Journey with(List<Stop> others) {
        return new Journey(event, path, position, entityVersion, droppedBy, endedMicros, others);
    }

    /** Encoded by its ordinal: append constants, never reorder them. */
    public enum Happened {
        /** The event waits for its first attempt. */
        QUEUED,
        /** The event could not be committed, and waits for its next attempt. */
        PARKED,
        /** The event became a dead letter. */
        DEAD,
        /** An operator redrove the dead letter. */
        REDRIVEN,
        /** An operator discarded the dead letter. */
        DISCARDED
    }

    /**
     * @param atMicros the time, microseconds since 1970 UTC
     * @param attempts the number of attempts that had failed by then
     * @param code the code of the last failure; null if there was none
     * @param message the message of the last failure
     * @param by the operator; null if there was none
     */
    public record Stop(
            Happened happened,
            long atMicros,
            int attempts,
            @Nullable String code,
            @Nullable String message,
            @Nullable String by) {}
}
