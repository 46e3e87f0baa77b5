package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of an entity, newest first.
 *
 * @param complete whether there is no older change
 */
public record EntityHistory(List<Change> changes, boolean complete) {
    /**
     * One version, and the event that made it.
     *
     * @param event the event without metadata; of one that history has removed only its publisher is known
     * @param atMicros when the change was committed, microseconds since 1970 UTC
     * @param after a merge patch (RFC 7396) that turns the version before into this one; null if it deleted the entity
     * @param before a merge patch that turns this version into the one before; null if there was no entity
     */
    public record Change(
            long version,
            Event event,
            Position position,
            long atMicros,
            @Nullable String after,
            @Nullable String before) {

        /** The event of a change that is in the audit, and in history no more. */
        public static Event removed(EntityRef entity, String publisher) {
            return Event.builder("", "", "").stream(entity.stream())
                    .entity(entity)
                    .publisher(publisher)
                    .build();
        }

        /** Whether history has removed the event. */
        public boolean isRemoved() {
            return event.id().isEmpty();
        }
    }
}
