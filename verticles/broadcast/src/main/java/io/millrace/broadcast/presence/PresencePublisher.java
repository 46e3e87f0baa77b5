package io.millrace.broadcast.presence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.broadcast.presence.LocalPresence.Seat;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.Namespace;
import io.millrace.domain.model.PresenceRule;
import io.millrace.platform.bus.ShardPublisher;
import io.millrace.platform.node.NodeContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Tells that somebody came or went by the transient events that the packs name for it. */
public final class PresencePublisher implements BiConsumer<Seat, Boolean> {
    private static final String SOURCE = "millrace/presence";

    private final NodeContext node;

    public PresencePublisher(NodeContext node) {
        this.node = node;
    }

    @Override
    public void accept(Seat seat, Boolean came) {
        DomainModel domains = node.domains();
        for (RolePresence presence : domains.presences()) {
            if (LocalPresence.place(presence.role()).equals(seat.place())) {
                tell(presence.events(), seat.user(), null, came);
            }
        }
        Namespace namespace = domains.namespaceOf(seat.place());
        if (namespace != null && namespace.presence() != null) {
            tell(namespace.presence(), seat.user(), seat.place(), came);
        }
    }

    private void tell(PresenceRule presence, String user, @Nullable String place, boolean came) {
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
            new ShardPublisher(node.bus()).publish(List.of(CommittedEvent.transientEvent(event)));
        }
    }

    private static Event event(EventType type, JsonNode data, String stream, String user) {
        long now = System.currentTimeMillis() * 1_000;
        return Event.builder(UUID.randomUUID().toString(), type.name(), SOURCE)
                .timeMicros(now)
                .priority(type.priority())
                .data(data.toString().getBytes(StandardCharsets.UTF_8))
                .stream(stream)
                .owner(type.owner() == null ? null : type.owner().text(data))
                .publisher(user)
                .acceptedAtMicros(now)
                .build();
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
