package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * An event that could not be committed, after all its attempts. What the event itself would say is null where its bytes
 * couldn't be read.
 *
 * @param id of the letter, growing with time
 * @param stream as the record's key tells it
 * @param code the stable code of the failure
 * @param fingerprint the same for failures that differ only in ids and numbers
 * @param stage that gave up
 * @param origin the record that held it first: {@code topic-partition@offset}
 * @param firstFailedMicros when its first attempt failed, microseconds since 1970 UTC
 * @param diedMicros when its last one did
 * @param revision how often it was edited
 * @param content what it holds; null in lists, where it would be too much
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
        @Nullable Content content) {

    /** What became of it. */
    public enum State {
        /** It stands. */
        DEAD,
        /** It went back to the queue. */
        REDRIVEN,
        /** Somebody decided that it isn't wanted any more. */
        DISCARDED
    }

    /**
     * @param event readable, a JSON object, as last edited; null if it couldn't be read
     * @param headers that its sender gave the record: a JSON list of {@code name} and {@code text} or {@code base64}
     * @param record its bytes as they came, never edited
     */
    @SuppressWarnings("ArrayRecordComponent") // shown, never compared
    public record Content(byte @Nullable [] event, byte[] headers, byte[] record) {}
}
