package io.millrace.broadcast;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.broadcast.Roster.Seat;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.CommittedBatch;
import io.millrace.contracts.Event;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.FieldPath;
import io.millrace.contracts.domain.Namespace;
import io.millrace.contracts.domain.Presence;
import io.millrace.contracts.domain.RolePresence;
import io.millrace.platform.Node;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Tells that somebody came or went by the transient events that the packs name for it. */
final class PresenceEvents implements BiConsumer<Seat, Boolean> {
    private static final String SOURCE = "millrace/presence";
    private static final byte[] NO_METADATA = {'{', '}'};

    private final Node node;

    PresenceEvents(Node node) {
        this.node = node;
    }

    @Override
    public void accept(Seat seat, Boolean came) {
        Domains domains = node.domains();
        for (RolePresence presence : domains.presences()) {
            if (Roster.place(presence.role()).equals(seat.place())) {
                tell(presence.events(), seat.user(), null, came);
            }
        }
        Namespace namespace = domains.namespaceOf(seat.place());
        if (namespace != null && namespace.presence() != null) {
            tell(namespace.presence(), seat.user(), seat.place(), came);
        }
    }

    private void tell(Presence presence, String user, @Nullable String place, boolean came) {
        EventType type = node.domains().type(came ? presence.join() : presence.leave());
        if (type == null) {
            return;
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        put(data, presence.user(), user);
        FieldPath key = type.namespace().stream().key();
        String keyOfPlace = place == null ? null : type.namespace().stream().keyOf(place);
        if (key != null && keyOfPlace != null) {
            put(data, key, keyOfPlace);
        }
        String stream = type.namespace().stream().resolve(data);
        if (stream != null) {
            Event event = event(type, data, stream, user);
            node.bus()
                    .publish(
                            Addresses.shard(Addresses.shardOf(stream)),
                            new CommittedBatch(List.of(Committed.transientEvent(event))));
        }
    }

    private static Event event(EventType type, JsonNode data, String stream, String user) {
        long now = System.currentTimeMillis() * 1_000;
        return new Event(
                UUID.randomUUID().toString(),
                type.name(),
                SOURCE,
                now,
                type.priority(),
                data.toString().getBytes(StandardCharsets.UTF_8),
                NO_METADATA,
                0,
                Event.ANY_VERSION,
                null,
                null,
                stream,
                type.owner() == null ? null : type.owner().text(data),
                null,
                user,
                now);
    }

    private static void put(ObjectNode data, FieldPath path, String value) {
        ObjectNode at = data;
        List<String> fields = path.fields();
        for (String field : fields.subList(0, fields.size() - 1)) {
            at = at.withObjectProperty(field);
        }
        at.put(fields.get(fields.size() - 1), value);
    }
}
