package io.millrace.contracts.event;

import org.jspecify.annotations.Nullable;

/**
 * An event with its position and its entity's change, on its way to clients.
 *
 * @param position the event's position; null for a transient event
 * @param entityVersion the entity's version after the event; 0 if there is no entity or the event didn't change it
 * @param state the entity's state after the event, a JSON object as bytes; null without an entity, if the event deleted
 *     it, or if the event was read from history
 * @param before a merge patch (RFC 7396) that turns the state into the one before the event; null if there was no
 *     entity, or if the event was read from history
 * @param previousOwner the owner who lost the entity by the event; null if there is none
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

    /** Whether the event changed nothing, since newer events of its entity were committed before it. */
    public boolean superseded() {
        return position != null && event.entity() != null && entityVersion == 0;
    }

    public static CommittedEvent transientEvent(Event event) {
        return new CommittedEvent(event, null, 0, null);
    }
}
