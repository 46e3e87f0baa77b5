package io.millrace.contracts.entity;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the entities of a stream as they stand.
 *
 * @param limit entities, from 1; never more than {@code persistence.state.max}
 * @param view what is seen of them; null for all of them
 */
public record EntitySnapshotQuery(String stream, int limit, @Nullable View view) {
    /** Asks for all of them. */
    public EntitySnapshotQuery(String stream, int limit) {
        this(stream, limit, null);
    }

    /**
     * As much as one person sees: neither how many there are nor which of them are told depends on the others.
     *
     * @param all kinds of which the person sees every entity
     * @param own kinds of which the person sees their own
     */
    public record View(String user, Set<String> all, Set<String> own) {}
}
