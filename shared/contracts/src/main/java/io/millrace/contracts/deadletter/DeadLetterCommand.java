package io.millrace.contracts.deadletter;

import org.jspecify.annotations.Nullable;

/**
 * What an operator does about dead letters that stand. Never about more than the queue's bound at once: whoever has more
 * repeats it.
 *
 * @param by whom; for the audit
 * @param dryRun only count
 * @param change of an edit: a JSON object of {@code data} and {@code metadata}, one or both; of what was denied, what was tried; null
 *     otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // carried out, never compared
public record DeadLetterCommand(
        Kind kind, DeadLetterFilter filter, String by, boolean dryRun, byte @Nullable [] change) {
    public enum Kind {
        /** Back into the queue, with attempts from zero. */
        REDRIVE,
        DISCARD,
        /** One letter's event gets other data or metadata. */
        EDIT,
        /** Somebody tried one of the others, and may not: nothing is done but to write it down. */
        DENIED
    }
}
