package io.millrace.contracts.entity;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import java.util.List;

/**
 * The entities of a stream as they stand at one position. Deleted ones are left out.
 *
 * @param position the stream's end at the same instant; {@link Position#EMPTY} if nobody has written to it
 * @param entities the one changed last comes first
 * @param complete whether these are all that are seen; else those that changed last
 */
public record EntitySnapshot(String stream, Position position, List<Entity> entities, boolean complete) {
    /**
     * @param version 1 and up
     * @param state a JSON object as its bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by version, never by value
    public record Entity(EntityRef ref, long version, byte[] state) {}
}
