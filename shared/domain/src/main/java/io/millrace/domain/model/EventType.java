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
 * @param priority the priority of an event that names none
 * @param durable whether events are stored; else they are only broadcast, without a position, at most once
 * @param owner the field with the user for whom the event is {@code own} in a role
 * @param entity the entity that events change; null if none
 * @param schema the JSON Schema 2020-12 of the data, never modified; null if any object is valid
 * @param handler the event-bus address of a service that may change, extend or reject events; null if none
 * @param max the most bytes that one of its events may have ({@link io.millrace.contracts.event.Event#size}); null for
 *     the setting {@code ingest.event.max}
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

    /**
     * The highest limit in bytes that a type may have: such an event fits into a WebSocket message or a Kafka record of
     * 1 MiB.
     */
    public static final int MOST_BYTES = 768 << 10;

    /** The lowest limit in bytes that a type may have. */
    public static final int LEAST_BYTES = 1 << 10;

    /** Hashes the name only, not the whole schema. */
    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
