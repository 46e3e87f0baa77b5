package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * A command of an operator about dead letters: open ones, or discarded ones to be restored. Without a pace it handles no
 * more than the queue's limit at once, and is repeated for more. With a pace it is stored and answered, and carried out from
 * then on.
 *
 * @param by the operator, for the audit
 * @param dryRun whether to count only
 * @param change for an edit: a JSON object with {@code data} or {@code metadata} or both; for a denied command: the
 *     attempt; null otherwise
 * @param pace letters a second; 0 to handle them at once
 */
@SuppressWarnings("ArrayRecordComponent") // carried out, never compared
public record DeadLetterCommand(
        Kind kind, DeadLetterFilter filter, String by, boolean dryRun, byte @Nullable [] change, int pace) {
    public enum Kind {
        /** Send to the queue again, with attempts from zero. */
        REDRIVE,
        DISCARD,
        /** Change the data or metadata of one letter's event. */
        EDIT,
        /** Record that an operator without the right tried one of the other commands. */
        DENIED,
        /** Undo a discard: the letters are open again. */
        RESTORE,
        /** End the act with a pace that the filter names. */
        STOP
    }

    /** The largest pace. */
    public static final int MAX_PACE = 10_000;
}
