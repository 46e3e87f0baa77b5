package io.millrace.contracts.entity;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the present entities of a stream.
 *
 * @param limit the largest number of entities, at least 1; never more than {@code persistence.state.max}
 * @param view which entities are seen; null for all of them
 */
public record EntitySnapshotQuery(String stream, int limit, @Nullable View view) {
    /** Asks for all entities. */
    public EntitySnapshotQuery(String stream, int limit) {
        this(stream, limit, null);
    }

    /**
     * The entities that one user sees: neither their number nor their choice depends on hidden ones.
     *
     * @param all the kinds of which the user sees every entity
     * @param own the kinds of which the user sees its own entities
     */
    public record View(String user, Set<String> all, Set<String> own) {}
}
