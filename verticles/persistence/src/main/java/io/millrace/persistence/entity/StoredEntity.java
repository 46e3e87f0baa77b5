package io.millrace.persistence.entity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entity as it was read or cached. Its state is never modified: each change makes a new one.
 *
 * @param state the state; null if the entity was deleted
 * @param length the length of the state as text
 * @param asOf when the newest event that changed it was accepted, microseconds since 1970 UTC; 0 if that isn't
 *     known
 * @param wholeAt when the newest put or delete was accepted
 * @param merges all merges that were accepted after {@code mergesSince}
 */
public record StoredEntity(
        long version,
        @Nullable ObjectNode state,
        int length,
        long asOf,
        long wholeAt,
        long mergesSince,
        List<Merge> merges) {
    /** An entity that was never there. */
    static final StoredEntity NONE = new StoredEntity(0, null, 0, 0, 0, 0, List.of());

    /** A merge and the time when it was accepted. */
    public record Merge(long at, ObjectNode data, int length) {}
}
