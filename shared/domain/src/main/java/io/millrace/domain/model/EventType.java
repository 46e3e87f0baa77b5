package io.millrace.domain.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Priority;
import io.millrace.domain.DomainModel;
import org.jspecify.annotations.Nullable;

/**
 * A kind of event, as a pack declares it.
 *
 * @param index from 0, one after another over all packs; holds within one {@link DomainModel} only
 * @param name {@code area:what}
 * @param priority of an event that names none
 * @param durable false: broadcast only, without position, at most once
 * @param owner where the user stands whom {@code own} in a role means
 * @param entity what it changes; null if nothing
 * @param schema JSON Schema 2020-12 of its data, never written to; null if any object will do
 * @param handler the event-bus address of a service that may change, add to or reject it
 * @param max the most bytes that one of its events may have ({@link io.millrace.contracts.event.Event#size}); null for what the
 *     setting {@code ingest.event.max} says
 */
public record EventType(
        int index,
        String name,
        Namespace namespace,
        Priority priority,
        MessageKind message,
        boolean durable,
        @Nullable FieldPath owner,
        @Nullable EntityRule entity,
        @Nullable JsonNode schema,
        @Nullable String handler,
        @Nullable Integer max) {

    /** Bytes of the largest event that may be allowed: in a WebSocket message or a Kafka record of 1 MiB there is room for it. */
    public static final int MOST_BYTES = 768 << 10;

    /** Bytes of the smallest limit that may be set. */
    public static final int LEAST_BYTES = 1 << 10;

    /** By name alone: a map keyed by type shouldn't hash a whole schema. */
    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
