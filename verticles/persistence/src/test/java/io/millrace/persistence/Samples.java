package io.millrace.persistence;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A small pack, and events of it: {@code new Samples("1").priority(HIGH).order("o-1").event()}. */
public final class Samples {
    public static final long NOW = 1_769_851_800_123_456L;

    private final String id;
    private String type = "note:written";
    private String stream = "notes";
    private String data = "{}";
    private String metadata = "{\"tags\":[\"eu\"]}";
    private Priority priority = Priority.NORMAL;
    private long expiresAtMicros;
    private long expectedVersion = Event.ANY_VERSION;
    private long accepted = NOW;
    private @Nullable String owner = "c-4";
    private @Nullable Recipients target;
    private @Nullable String kind;
    private String entity = "";

    public Samples(String id) {
        this.id = id;
    }

    public static DomainModel domains() throws InvalidConfigurationException {
        return DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  notes: { stream: notes }
                  orders: { stream: orders }
                  rooms: { stream: "room:{data.room}", history: 1h }
                  records: { stream: records, history: forever }
                  guilds: { stream: "guild:{data.guild}", access: { claim: guilds } }
                types:
                  "note:written": { namespace: notes }
                  "room:said": { namespace: rooms }
                  "message:edited": { namespace: guilds, entity: { kind: message, id: data.id, apply: merge } }
                  "message:deleted": { namespace: guilds, entity: { kind: message, id: data.id, apply: delete } }
                  "order:changed": { namespace: orders, owner: data.customer, entity: { kind: order, id: data.id, apply: merge } }
                  "order:replaced": { namespace: orders, entity: { kind: order, id: data.id, apply: put } }
                  "order:purged": { namespace: orders, entity: { kind: order, id: data.id, apply: delete } }
                  "order:deleted": { namespace: orders, owner: data.customer, entity: { kind: order, id: data.id, apply: delete } }
                roles: { admin: { see: ["*"] } }
                """);
    }

    public Samples type(String newType, String newStream) {
        type = newType;
        stream = newStream;
        return this;
    }

    /** About one order, in the stream of orders. */
    public Samples order(String newType, String order) {
        return entity("order", order).type(newType, "orders");
    }

    /** About the message m-1, in the stream of a guild. */
    public Samples message(String newType, String guild) {
        return entity("message", "m-1").type(newType, "guild:" + guild).data("{'id':'m-1','guild':'" + guild + "'}");
    }

    private Samples entity(String newKind, String newEntity) {
        kind = newKind;
        entity = newEntity;
        return this;
    }

    /** With ' for ". */
    public Samples data(String json) {
        data = json.replace('\'', '"');
        return this;
    }

    /** With ' for ". */
    public Samples metadata(String json) {
        metadata = json.replace('\'', '"');
        return this;
    }

    public Samples priority(Priority newPriority) {
        priority = newPriority;
        return this;
    }

    public Samples expiresAt(long micros) {
        expiresAtMicros = micros;
        return this;
    }

    public Samples expects(long version) {
        expectedVersion = version;
        return this;
    }

    public Samples owner(@Nullable String newOwner) {
        owner = newOwner;
        return this;
    }

    /** Microseconds after {@link #NOW}. */
    public Samples accepted(long micros) {
        accepted = NOW + micros;
        return this;
    }

    public Samples targets(String role) {
        target = new Recipients(Set.of(role), Set.of(), Set.of());
        return this;
    }

    public Event event() {
        return Event.builder(id, type, "shop/eu")
                .timeMicros(NOW)
                .priority(priority)
                .data(bytes(data))
                .metadata(bytes(metadata))
                .expiresAtMicros(expiresAtMicros)
                .expectedVersion(expectedVersion)
                .target(target)
                .stream(stream)
                .owner(owner)
                .entity(kind == null ? null : new EntityRef(kind, stream, entity))
                .publisher("u-1")
                .acceptedAtMicros(accepted)
                .build();
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
