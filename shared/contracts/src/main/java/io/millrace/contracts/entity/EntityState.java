package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * An entity as it stands.
 *
 * @param version 1 and up; 0 if there never was one
 * @param state a JSON object as its bytes; null if it doesn't exist (any more)
 * @param position of the event that made this version
 */
@SuppressWarnings("ArrayRecordComponent") // compared by version, never by value
public record EntityState(EntityRef entity, long version, byte @Nullable [] state, Position position, Level level) {

    /** Who answered. */
    public enum Level {
        NEAR,
        REDIS,
        DATABASE
    }

    public EntityState at(Level answeredBy) {
        return new EntityState(entity, version, state, position, answeredBy);
    }
}
