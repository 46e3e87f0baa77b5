package io.millrace.contracts.cluster;

import org.jspecify.annotations.Nullable;

/**
 * How a source or a sink is on one node.
 *
 * @param name of the source or sink; behind a slash, the part of it
 * @param kind the key of its file that says where messages come from or go to
 * @param lag how many messages wait in the outside system, or how many events for a sink, before it knows which of them it
 *     wants; -1 if that isn't known
 * @param problem what is wrong now and what to do about it; null if nothing is
 * @param lastMessageMs when the node last took or sent a message, milliseconds since 1970; 0 for never
 * @param lastError why the node last couldn't take or send one, or refused one; null for never
 * @param lastErrorMs when that was, milliseconds since 1970; 0 for never
 */
public record TaskStatus(
        String name,
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
        /** It takes or sends messages. */
        RUNNING,
        /** It has ended by itself, and is started again after a wait. */
        FAILING,
        /** It has ended by itself, and stays so until an operator has changed something and restarts the node. */
        STOPPED
    }
}
