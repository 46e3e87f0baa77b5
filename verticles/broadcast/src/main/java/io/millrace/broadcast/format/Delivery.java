package io.millrace.broadcast.format;

import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.ClientMessage;
import org.jspecify.annotations.Nullable;

/**
 * An event as a message delivers it.
 *
 * @param change what stands in place of the event's data; null if its data is sent
 */
public record Delivery(ClientMessage message, @Nullable EntityChange change) {
    /**
     * An entity after the event.
     *
     * @param member {@code state} or {@code patch}
     * @param json the state, or the patch that makes it (RFC 7396); null if the entity was deleted
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record EntityChange(@Nullable EntityRef entity, long version, String member, byte @Nullable [] json) {}
}
