package io.millrace.broadcast.presence;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.broadcast.presence.LocalPresence.PresenceKey;
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

/** Publishes the transient events that the packs name for users that join and leave. */
public final class PresencePublisher implements BiConsumer<PresenceKey, Boolean> {
    private static final String SOURCE = "millrace/presence";

    private final NodeContext node;

    public PresencePublisher(NodeContext node) {
        this.node = node;
    }

    @Override
    public void accept(PresenceKey key, Boolean joined) {
        DomainModel domains = node.domains();
        for (RolePresence presence : domains.presences()) {
            if (LocalPresence.channelOfRole(presence.role()).equals(key.channel())) {
                publish(presence.events(), key.user(), null, joined);
            }
        }
        Namespace namespace = domains.namespaceOf(key.channel());
        if (namespace != null && namespace.presence() != null) {
            publish(namespace.presence(), key.user(), key.channel(), joined);
        }
    }

    private void publish(PresenceRule presence, String user, @Nullable String channel, boolean joined) {
        EventType type = node.domains().type(joined ? presence.join() : presence.leave());
        if (type == null) {
            return;
        }
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        put(data, presence.user(), user);
        FieldPath key = type.namespace().stream().key();
        String keyOfChannel = channel == null ? null : type.namespace().stream().keyOf(channel);
        if (key != null && keyOfChannel != null) {
            put(data, key, keyOfChannel);
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
