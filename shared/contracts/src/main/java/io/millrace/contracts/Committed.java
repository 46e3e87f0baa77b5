package io.millrace.contracts;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way to people.
 *
 * @param position where it stands in its stream; null for a transient event, which stands nowhere
 * @param entityVersion the version that it made of its entity; 0 if it has none, or changed nothing of it
 * @param state the entity's state after it, a JSON object as its bytes; null if it has none, if the event deleted it, or
 *     if the event was read back from history
 */
@SuppressWarnings("ArrayRecordComponent") // compared by position, never by value
public record Committed(Event event, @Nullable Position position, long entityVersion, byte @Nullable [] state) {

    /** Whether it changed nothing of its entity, since events that were accepted later were there first. */
    public boolean superseded() {
        return position != null && event.entity() != null && entityVersion == 0;
    }

    public static Committed transientEvent(Event event) {
        return new Committed(event, null, 0, null);
    }
}
