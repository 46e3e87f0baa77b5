package io.millrace.broadcast.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Committed;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.Event;
import io.millrace.contracts.Json;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.domain.Apply;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.FieldPath;
import io.millrace.platform.delivery.Message;
import io.millrace.platform.delivery.PositionSeal;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to this node's clients, and what is made of it once for all who need it. Immutable but for that;
 * safe from any thread: two that need the same at once make it twice, alike.
 */
final class Outgoing {
    private final Message message;
    private final EntityState entity;
    private final long atMicros = System.currentTimeMillis() * 1_000;

    private volatile @Nullable ObjectNode tree;
    private volatile @Nullable DeltaLines deltas;

    /**
     * What the event made of its entity.
     *
     * @param ref null if it has none
     * @param known whether {@code state} is told; history doesn't tell it
     * @param state null if it was deleted
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record EntityState(@Nullable EntityRef ref, long version, boolean known, byte @Nullable [] state) {}

    /** Made when a subscription wants deltas. */
    private static final class DeltaLines {
        volatile byte @Nullable [] whole;
        volatile byte @Nullable [] wholeSealed;
        volatile byte @Nullable [] patch;
        volatile byte @Nullable [] patchSealed;
    }

    private final @Nullable FieldPath owner;

    private Outgoing(Message message, EntityState entity, @Nullable FieldPath owner) {
        this.message = message;
        this.entity = entity;
        this.owner = owner;
    }

    static Outgoing of(Domains domains, Committed committed) {
        Event event = committed.event();
        EntityRef ref = committed.entityVersion() > 0 ? event.entity() : null;
        EventType type = domains.type(event.type());
        boolean deleted = type != null && type.entity() != null && type.entity().apply() == Apply.DELETE;
        // What comes from history tells no state.
        boolean known = ref != null && (deleted || committed.state() != null);
        return new Outgoing(
                Message.of(domains, committed),
                new EntityState(ref, committed.entityVersion(), known, committed.state()),
                type == null ? null : type.owner());
    }

    /** With its entity's state as it stands by now, which may be that of a later version. */
    Outgoing with(long version, byte @Nullable [] state) {
        return new Outgoing(message, new EntityState(entity.ref, version, true, state), owner);
    }

    Message message() {
        return message;
    }

    Event event() {
        return message.event();
    }

    /** 0 for a transient event. */
    long offset() {
        return message.offset();
    }

    /** When this node had it to send. */
    long atMicros() {
        return atMicros;
    }

    @Nullable
    EntityRef entity() {
        return entity.ref;
    }

    long version() {
        return entity.version;
    }

    boolean stateKnown() {
        return entity.known;
    }

    /** Whether the entity's state is, as the event is, its owner's own: others may have changed it since. */
    boolean stateIsTheOwners() {
        byte[] state = entity.state;
        return state == null
                || (owner != null && event().owner() != null && event().owner().equals(owner.text(Json.parse(state))));
    }

    byte @Nullable [] state() {
        return entity.state;
    }

    /** What filters look into. */
    JsonNode tree() {
        ObjectNode known = tree;
        if (known == null) {
            Event event = message.event();
            known = JsonNodeFactory.instance.objectNode();
            known.put("id", event.id())
                    .put("type", event.type())
                    .put("source", event.source())
                    .put("priority", event.priority().wire());
            known.set("data", read(event.data()));
            known.set("metadata", read(event.metadata()));
            tree = known;
        }
        return known;
    }

    /** What can't be read, like a number beyond all bounds, matches nothing. */
    private static ObjectNode read(byte[] json) {
        try {
            return Json.parse(json);
        } catch (MillraceException unreadable) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    byte[] line(boolean whole, PositionSeal seal) {
        return whole ? message.line() : message.sealedLine(seal);
    }

    /** With the entity's state instead of the event's data. */
    byte[] stateLine(boolean whole, PositionSeal seal) {
        DeltaLines lines = deltas();
        byte[] open = lines.whole;
        if (open == null) {
            open = message.lineWith(Deltas.members(entity.ref, entity.version, "state", entity.state));
            lines.whole = open;
        }
        byte[] sealed = lines.wholeSealed;
        if (!whole && sealed == null) {
            sealed = message.sealed(open, seal);
            lines.wholeSealed = sealed;
        }
        return whole || sealed == null ? open : sealed;
    }

    /**
     * With a patch instead of the event's data. From the version just before, it is made once for everybody.
     *
     * @return null if no patch says it: one that sets a member to null would take it away (RFC 7396)
     */
    byte @Nullable [] patchLine(boolean whole, PositionSeal seal, long fromVersion, byte[] fromState) {
        if (fromVersion != entity.version - 1) {
            byte[] line = patched(fromState);
            return whole || line == null ? line : message.sealed(line, seal);
        }
        DeltaLines lines = deltas();
        byte[] open = lines.patch;
        if (open == null) {
            open = patched(fromState);
            lines.patch = open;
        }
        byte[] sealed = lines.patchSealed;
        if (!whole && sealed == null && open != null) {
            sealed = message.sealed(open, seal);
            lines.patchSealed = sealed;
        }
        return whole ? open : sealed;
    }

    private byte @Nullable [] patched(byte[] from) {
        byte[] to = entity.state;
        byte[] patch = to == null ? null : Deltas.patch(from, to);
        return patch == null ? null : message.lineWith(Deltas.members(entity.ref, entity.version, "patch", patch));
    }

    private DeltaLines deltas() {
        DeltaLines known = deltas;
        if (known == null) {
            known = new DeltaLines();
            deltas = known;
        }
        return known;
    }
}
