package io.millrace.broadcast.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.broadcast.format.Delivery;
import io.millrace.broadcast.format.Delivery.EntityChange;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.filter.EventTree;
import io.millrace.contracts.text.Json;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event for this node's clients, with the forms of it that are encoded once for all of them. Immutable except for these
 * forms, and for whether a subscription matched it; safe from any thread: two threads that need the same form at once encode
 * it twice, alike.
 */
public final class OutboundEvent {
    private final ClientMessage message;
    private final EntityState entity;
    private final long receivedAtMicros = System.currentTimeMillis() * 1_000;

    private volatile boolean matched;
    private volatile @Nullable ObjectNode tree;
    private volatile DeltaEncoder.@Nullable EntityLines entityLines;

    /**
     * The entity after the event.
     *
     * @param ref null if the event has no entity
     * @param known whether {@code state} is known; events from history come without it
     * @param state null if the entity was deleted
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record EntityState(@Nullable EntityRef ref, long version, boolean known, byte @Nullable [] state) {}

    /**
     * The entity before the event.
     *
     * @param patch turns the state after the event into the state before it; null if there was no entity
     * @param owner the entity's previous owner; null if the event didn't change the owner
     * @param deletesEntity whether the event deleted the entity
     * @param entityTypes the event types that change such entities
     * @param history whether the event was read from history, so that the state before it isn't known
     */
    private record Before(
            @Nullable String patch,
            @Nullable String owner,
            boolean deletesEntity,
            List<EventType> entityTypes,
            boolean history) {}

    private final @Nullable FieldPath owner;
    private final Before before;
    private final boolean removal;
    private volatile @Nullable OutboundEvent removed;
    private volatile @Nullable ObjectNode stateTree;
    private volatile @Nullable ObjectNode beforeTree;

    private OutboundEvent(
            ClientMessage message, EntityState entity, @Nullable FieldPath owner, Before before, boolean removal) {
        this.message = message;
        this.entity = entity;
        this.owner = owner;
        this.before = before;
        this.removal = removal;
    }

    public static OutboundEvent of(DomainModel domains, CommittedEvent committed) {
        Event event = committed.event();
        EntityRef ref = committed.entityVersion() > 0 ? event.entity() : null;
        EventType type = domains.type(event.type());
        boolean deleted = type != null && type.entity() != null && type.entity().apply() == EntityOperation.DELETE;
        // Events from history come without a state.
        boolean known = ref != null && (deleted || committed.state() != null);
        return new OutboundEvent(
                ClientMessage.of(domains, committed),
                new EntityState(ref, committed.entityVersion(), known, committed.state()),
                type == null ? null : type.owner(),
                new Before(
                        committed.before(),
                        committed.previousOwner(),
                        ref != null && deleted && committed.state() == null,
                        ref == null ? List.of() : domains.typesOfEntity(ref.kind()),
                        false),
                false);
    }

    /** A copy with the entity's present state, which may be that of a later version. */
    public OutboundEvent with(long version, byte @Nullable [] state) {
        return new OutboundEvent(
                message,
                new EntityState(entity.ref, version, true, state),
                owner,
                new Before(null, before.owner, before.deletesEntity, before.entityTypes, true),
                false);
    }

    /** A copy without the entity's state, as it would come from history. */
    public OutboundEvent withoutState() {
        return new OutboundEvent(
                message,
                new EntityState(entity.ref, entity.version, before.deletesEntity, null),
                owner,
                new Before(null, before.owner, before.deletesEntity, before.entityTypes, false),
                false);
    }

    /** Bytes of the event's data and metadata: the same for every client, whatever else the stream holds. */
    public int size() {
        return event().data().length + event().metadata().length;
    }

    /** Bytes of heap that the event takes: its line, its data and metadata, its entity's state. */
    public int memory() {
        byte[] state = entity.state;
        return message.line().length + size() + (state == null ? 0 : state.length);
    }

    /** The removal of the event's entity, for clients that no longer see it: nothing of the event's content. */
    public OutboundEvent removed() {
        OutboundEvent known = removed;
        if (known == null) {
            known = new OutboundEvent(message, entity, owner, before, true);
            removed = known;
        }
        return known;
    }

    /** Whether this is only the removal of the event's entity. */
    public boolean removal() {
        return removal;
    }

    /** Whether some clients may no longer see the event's entity. */
    public boolean mayLeaveView() {
        return !removal && (before.owner != null || before.deletesEntity);
    }

    public boolean deletesEntity() {
        return before.deletesEntity;
    }

    @Nullable
    public String previousOwner() {
        return before.owner;
    }

    public List<EventType> entityTypes() {
        return before.entityTypes;
    }

    public boolean fromHistory() {
        return before.history;
    }

    /** The entity's state as filters test it; null if the entity was deleted. */
    @Nullable
    public JsonNode stateTree() {
        ObjectNode known = stateTree;
        byte[] state = entity.state;
        if (known == null && state != null) {
            known = asEvent(EventTree.read(state));
            stateTree = known;
        }
        return known;
    }

    /** The entity's state before the event as filters test it; null if there was none. */
    @Nullable
    public JsonNode beforeTree() {
        ObjectNode known = beforeTree;
        String patch = before.patch;
        if (known == null && patch != null) {
            byte[] state = entity.state;
            known = asEvent(Json.merge(state == null ? null : EventTree.read(state), Json.parse(patch)));
            beforeTree = known;
        }
        return known;
    }

    private static ObjectNode asEvent(ObjectNode state) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.set("data", state);
        return event;
    }

    public ClientMessage message() {
        return message;
    }

    public Event event() {
        return message.event();
    }

    /** 0 for a transient event. */
    public long offset() {
        return message.offset();
    }

    /** When this node received the event, microseconds since 1970 UTC. */
    public long receivedAtMicros() {
        return receivedAtMicros;
    }

    /** A subscription of this node got the event, or a newer one in its place. */
    public void noteMatch() {
        if (!matched) {
            matched = true;
        }
    }

    public boolean matched() {
        return matched;
    }

    @Nullable
    public EntityRef entity() {
        return entity.ref;
    }

    public long version() {
        return entity.version;
    }

    public boolean stateKnown() {
        return entity.known;
    }

    /** Whether the entity's state has the event's owner: a later event may have changed the owner. */
    public boolean stateHasSameOwner() {
        byte[] state = entity.state;
        return state == null
                || (owner != null && event().owner() != null && event().owner().equals(owner.text(Json.parse(state))));
    }

    byte @Nullable [] state() {
        return entity.state;
    }

    /** The event as filters test it. */
    public JsonNode tree() {
        ObjectNode known = tree;
        if (known == null) {
            known = EventTree.of(message.event());
            tree = known;
        }
        return known;
    }

    /** The message for clients that see the whole stream, or a part of it. */
    public OutboundMessage encode(boolean whole, PositionCipher cipher) {
        return removal
                ? OutboundMessage.of(removedMessage(whole, cipher))
                : encoded(whole ? message.line() : message.sealedLine(cipher), whole, null);
    }

    private OutboundMessage encoded(byte[] line, boolean whole, @Nullable EntityChange change) {
        return OutboundMessage.event(
                line, message.positionAt(), message.positionLength(!whole), new Delivery(message, change));
    }

    /** The message for a client that no longer sees the event's entity: its position and its entity, nothing else. */
    private JsonObject removedMessage(boolean whole, PositionCipher cipher) {
        String stream = event().stream();
        Position position = message.position();
        EntityRef ref = entity.ref;
        JsonObject removed = new JsonObject().put("type", "removed").put("stream", stream);
        if (position != null) {
            removed.put("position", whole ? position.toString() : cipher.sealEvent(stream, position));
        }
        return removed.put(
                "entity",
                new JsonObject().put("kind", ref == null ? "" : ref.kind()).put("id", ref == null ? "" : ref.id()));
    }

    /** The message with the entity's state instead of the event's data. */
    public OutboundMessage encodeState(boolean whole, PositionCipher cipher) {
        return encoded(
                entityLines().state(whole, cipher),
                whole,
                new EntityChange(entity.ref, entity.version, "state", entity.state));
    }

    /**
     * The message with a patch instead of the event's data.
     *
     * @return null if no patch can express the change: one that sets a member to null would remove it (RFC 7396)
     */
    @Nullable
    OutboundMessage encodePatch(boolean whole, PositionCipher cipher, long fromVersion, byte[] fromState) {
        DeltaEncoder.Patch patch = entityLines().patch(whole, cipher, fromVersion, fromState);
        return patch == null
                ? null
                : encoded(patch.line(), whole, new EntityChange(entity.ref, entity.version, "patch", patch.json()));
    }

    private DeltaEncoder.EntityLines entityLines() {
        DeltaEncoder.EntityLines known = entityLines;
        if (known == null) {
            known = new DeltaEncoder.EntityLines(message, entity.ref, entity.version, entity.state);
            entityLines = known;
        }
        return known;
    }
}
