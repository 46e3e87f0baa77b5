package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * The present state of an entity.
 *
 * @param version the version, from 1; 0 if the entity never existed
 * @param state a JSON object as bytes; null if the entity doesn't exist or was deleted
 * @param position the position of the event that made this version
 */
@SuppressWarnings("ArrayRecordComponent") // compared by version, never by value
public record EntityState(EntityRef entity, long version, byte @Nullable [] state, Position position, Level level) {

    /** The cache or store that answered. */
    public enum Level {
        NEAR,
        REDIS,
        DATABASE
    }

    public EntityState at(Level answeredBy) {
        return new EntityState(entity, version, state, position, answeredBy);
    }
}
