package io.millrace.sources.intake;

import io.millrace.mapping.DocumentMapping;
import io.millrace.platform.auth.Principal;

/**
 * What every source's file says, whatever the system behind it. Immutable.
 *
 * @param name the events' source
 * @param publisher in whose name the events are published; checked like any publisher
 * @param mapping from a message to events
 * @param unmapped what becomes of a message for which there is no rule
 */
public record Source(String name, Principal publisher, DocumentMapping mapping, Unmapped unmapped) {
    /** What becomes of a message for which there is no rule. */
    public enum Unmapped {
        /** It is counted. */
        COUNT,
        /** It is refused, so that the sender of a webhook shows it as failed. */
        REFUSE,
        /** It is kept as a dead letter. */
        DEADLETTER
    }
}
