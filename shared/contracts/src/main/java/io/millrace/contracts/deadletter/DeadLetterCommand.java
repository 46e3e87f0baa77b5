package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * A command of an operator about open dead letters. It handles no more than the queue's limit at once, and is repeated
 * for more.
 *
 * @param by the operator, for the audit
 * @param dryRun whether to count only
 * @param change for an edit: a JSON object with {@code data} or {@code metadata} or both; for a denied command: the
 *     attempt; null otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // carried out, never compared
public record DeadLetterCommand(
        Kind kind, DeadLetterFilter filter, String by, boolean dryRun, byte @Nullable [] change) {
    public enum Kind {
        /** Send to the queue again, with attempts from zero. */
        REDRIVE,
        DISCARD,
        /** Change the data or metadata of one letter's event. */
        EDIT,
        /** Record that an operator without the right tried one of the other commands. */
        DENIED
    }
}
