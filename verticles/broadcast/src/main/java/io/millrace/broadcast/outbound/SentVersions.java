package io.millrace.broadcast.outbound;

import io.millrace.contracts.event.EntityRef;
import java.util.HashMap;
import java.util.Map;

/**
 * The versions of entities that one client was sent, so that it gets a patch only of what it has. Bounded: an entity that
 * is forgotten is sent whole again. Owned by its hub's event loop.
 */
public final class SentVersions {
    private static final int MAX = 10_000;

    private final Map<EntityRef, Long> versions = new HashMap<>();

    /** Whether the client has version {@code from} of the entity; from now on it has {@code to}. */
    public boolean advance(EntityRef entity, long from, long to) {
        if (versions.size() >= MAX) {
            versions.clear();
        }
        Long before = versions.put(entity, to);
        return before != null && before == from;
    }

    public void forget(EntityRef entity) {
        versions.remove(entity);
    }
}
