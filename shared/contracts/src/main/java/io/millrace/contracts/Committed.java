package io.millrace.contracts;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way to people.
 *
 * @param position where it stands in its stream; null for a transient event, which stands nowhere
 * @param entityVersion the version of its entity after it; 0 if it has none
 * @param state the entity's state after it, a JSON object as its bytes; null if it has none, if the event deleted it, or
 *     if the event was read back from history
 */
@SuppressWarnings("ArrayRecordComponent") // compared by position, never by value
public record Committed(Event event, @Nullable Position position, long entityVersion, byte @Nullable [] state) {

    public static Committed transientEvent(Event event) {
        return new Committed(event, null, 0, null);
    }
}
