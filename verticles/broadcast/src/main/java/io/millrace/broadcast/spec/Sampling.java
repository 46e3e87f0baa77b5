package io.millrace.broadcast.spec;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Which events one client acknowledges: those whose positions, as the client was sent them, say so. The server asks it once,
 * in {@code welcome}, so that messages stay the same for all clients, and neither side remembers anything. The phase is
 * another one for each connection: clients of one stream acknowledge different events, and not all the same at once.
 *
 * @param every one of so many events
 * @param phase 0 to {@code every} - 1
 */
public record Sampling(int every, int phase) {
    /**
     * The sampling of a connection.
     *
     * @param every one of so many events; 0 for none
     * @return null for none
     */
    public static @Nullable Sampling of(String connectionId, int every) {
        return every == 0 ? null : new Sampling(every, Integer.remainderUnsigned(connectionId.hashCode(), every));
    }

    /** Whether the client acknowledges an event. Clients compute the same: the hash of a text is part of Java's API. */
    public boolean samples(String position) {
        return Math.floorMod(Integer.toUnsignedLong(position.hashCode()) + phase, (long) every) == 0;
    }

    /** As clients are told. */
    public JsonObject json() {
        return new JsonObject().put("every", every).put("phase", phase);
    }
}
