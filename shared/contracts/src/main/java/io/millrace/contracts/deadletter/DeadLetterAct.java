package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * What somebody did about dead letters, as the audit has it.
 *
 * @param id grows with time
 * @param act the word for it: {@code redrive}, {@code discard}, {@code restore}, {@code edit}, {@code stop}, {@code denied}
 * @param filter the letters that were meant, a JSON object
 * @param letters how many it was about so far
 * @param change of an edit, or what was denied: a JSON object; null otherwise
 * @param paced how it is carried out; null if it was carried out at once
 */
@SuppressWarnings("ArrayRecordComponent") // shown, never compared
public record DeadLetterAct(
        long id,
        long atMicros,
        String by,
        String act,
        byte[] filter,
        long letters,
        byte @Nullable [] change,
        @Nullable Paced paced) {

    /**
     * An act that is carried out bit by bit.
     *
     * @param pace letters a second
     * @param matched how many letters matched its filter when it began
     * @param refused of these, how many were refused for good: they stand
     * @param endedMicros when it ended; 0 while it runs
     * @param problem why it waits, or why letters were refused; null if there is nothing to tell
     */
    public record Paced(
            int pace, State state, long matched, long refused, long endedMicros, @Nullable String problem) {}

    /** The state of an act with a pace. */
    public enum State {
        RUNNING,
        STOPPED,
        DONE
    }
}
