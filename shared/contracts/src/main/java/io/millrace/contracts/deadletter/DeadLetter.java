package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * An event that could not be committed, after all its attempts. Fields of the event are null if its bytes couldn't be
 * read.
 *
 * @param id the letter's id, growing with time
 * @param stream the stream, from the record's key
 * @param code the stable code of the failure
 * @param fingerprint the same for failures that differ only in ids and numbers
 * @param stage the stage that gave up
 * @param origin the first record of the event: {@code topic-partition@offset}
 * @param firstFailedMicros when its first attempt failed, microseconds since 1970 UTC
 * @param diedMicros when its last attempt failed, microseconds since 1970 UTC
 * @param revision how often the letter was edited
 * @param act the last act about it, {@link DeadLetterAct#id}; 0 for none
 * @param sequel what became of the event since it was redriven; null if it wasn't, or that can't be known
 * @param content the content; null in lists
 */
public record DeadLetter(
        long id,
        @Nullable String eventId,
        @Nullable String source,
        @Nullable String type,
        @Nullable String stream,
        String code,
        String message,
        String fingerprint,
        String stage,
        int attempts,
        String origin,
        long firstFailedMicros,
        long diedMicros,
        State state,
        int revision,
        long act,
        @Nullable Sequel sequel,
        @Nullable Content content) {

    /** The state of a dead letter. */
    public enum State {
        /** It is open. */
        DEAD,
        /** It was sent to the queue again. */
        REDRIVEN,
        /** An operator discarded it. */
        DISCARDED
    }

    /** What became of a redriven event. */
    public enum Sequel {
        /** It is in the queue. */
        QUEUED,
        COMMITTED,
        /** It is a dead letter again, another one. */
        DIED_AGAIN
    }

    /**
     * @param event the event as a JSON object, as last edited; null if it couldn't be read
     * @param headers the sender's headers of the record: a JSON list of {@code name} and {@code text} or {@code base64}
     * @param record the record's original bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // shown, never compared
    public record Content(byte @Nullable [] event, byte[] headers, byte[] record) {}
}
