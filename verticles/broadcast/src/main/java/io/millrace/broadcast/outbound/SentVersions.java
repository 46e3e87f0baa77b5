package io.millrace.broadcast.outbound;

import io.millrace.contracts.event.EntityRef;
import java.util.HashMap;
import java.util.Map;

/**
 * The versions of entities that one client was sent, so that it gets patches only from a version that it has. Bounded: when
 * it is full it is cleared, and entities are sent whole again. Owned by its hub's event loop.
 */
public final class SentVersions {
    private static final int MAX = 10_000;

    private final Map<EntityRef, Long> versions = new HashMap<>();

    /**
     * Notes that the client gets version {@code to} of the entity.
     *
     * @return whether the client has version {@code from}
     */
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
