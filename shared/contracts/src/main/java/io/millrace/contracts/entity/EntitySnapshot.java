package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import java.util.List;

/**
 * The entities of a stream at one position, without deleted ones.
 *
 * @param position the stream's head at the same instant; {@link Position#EMPTY} for a stream without events
 * @param entities the entities, the one changed last first
 * @param complete whether these are all visible entities; else those that changed last
 */
public record EntitySnapshot(String stream, Position position, List<Entity> entities, boolean complete) {
    /**
     * @param version the version, from 1
     * @param state a JSON object as bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by version, never by value
    public record Entity(EntityRef ref, long version, byte[] state) {}
}
