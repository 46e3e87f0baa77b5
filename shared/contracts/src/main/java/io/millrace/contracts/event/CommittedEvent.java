package io.millrace.contracts.event;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way to people.
 *
 * @param position where it stands in its stream; null for a transient event, which stands nowhere
 * @param entityVersion the version that it made of its entity; 0 if it has none, or changed nothing of it
 * @param state the entity's state after it, a JSON object as its bytes; null if it has none, if the event deleted it, or
 *     if the event was read back from history
 * @param before a merge patch (RFC 7396) that makes of the state what it was before; null if the entity wasn't there, or if the
 *     event was read back from history
 * @param previousOwner whose its entity was, and isn't any more; null if nobody lost it
 */
@SuppressWarnings("ArrayRecordComponent") // compared by position, never by value
public record CommittedEvent(
        Event event,
        @Nullable Position position,
        long entityVersion,
        byte @Nullable [] state,
        @Nullable String before,
        @Nullable String previousOwner) {

    public CommittedEvent(Event event, @Nullable Position position, long entityVersion, byte @Nullable [] state) {
        this(event, position, entityVersion, state, null, null);
    }

    /** Whether it changed nothing of its entity, since events that were accepted later were there first. */
    public boolean superseded() {
        return position != null && event.entity() != null && entityVersion == 0;
    }

    public static CommittedEvent transientEvent(Event event) {
        return new CommittedEvent(event, null, 0, null);
    }
}
