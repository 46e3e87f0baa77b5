package io.millrace.contracts.cluster;

import org.jspecify.annotations.Nullable;

/**
 * How a source is on one node.
 *
 * @param kind the key of its file that says where messages come from
 * @param lag how many messages wait in the outside system; -1 if that isn't known
 * @param problem what is wrong now and what to do about it; null if nothing is
 * @param lastMessageMs when the node took its last message, milliseconds since 1970; 0 for never
 * @param lastError why the node last refused a message or couldn't take it; null for never
 * @param lastErrorMs when that was, milliseconds since 1970; 0 for never
 */
public record SourceStatus(
        String source,
        String kind,
        State state,
        long lag,
        @Nullable String problem,
        long lastMessageMs,
        @Nullable String lastError,
        long lastErrorMs) {
    /** Encoded by its ordinal: append constants, never reorder them. */
    public enum State {
        /** Another node runs it, or nobody yet. */
        WAITING,
        /** It connects. */
        STARTING,
        /** It takes messages. */
        RUNNING,
        /** It has ended by itself, and is started again after a wait. */
        FAILING
    }
}
