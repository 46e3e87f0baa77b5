package io.millrace.broadcast.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.MillraceException;
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
 * An event on its way to this node's clients, and what is made of it once for all who need it. Immutable but for that;
 * safe from any thread: two that need the same at once make it twice, alike.
 */
public final class OutboundEvent {
    private final ClientMessage message;
    private final EntityState entity;
    private final long atMicros = System.currentTimeMillis() * 1_000;

    private volatile @Nullable ObjectNode tree;
    private volatile DeltaEncoder.@Nullable EntityLines entityLines;

    /**
     * What the event made of its entity.
     *
     * @param ref null if it has none
     * @param known whether {@code state} is told; history doesn't tell it
     * @param state null if it was deleted
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record EntityState(@Nullable EntityRef ref, long version, boolean known, byte @Nullable [] state) {}

    /**
     * How the entity was before the event.
     *
     * @param patch makes of the state what it was; null if it wasn't there
     * @param owner who had it and hasn't any more
     * @param gone whether the event deleted it
     * @param kin the types that change such entities
     * @param history whether the event was read back, so that how it was isn't known
     */
    private record Before(
            @Nullable String patch, @Nullable String owner, boolean gone, List<EventType> kin, boolean history) {}

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
        // What comes from history tells no state.
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

    /** With its entity's state as it stands by now, which may be that of a later version. */
    public OutboundEvent with(long version, byte @Nullable [] state) {
        return new OutboundEvent(
                message,
                new EntityState(entity.ref, version, true, state),
                owner,
                new Before(null, before.owner, before.gone, before.kin, true),
                false);
    }

    /** As history tells it: without what it made of its entity. */
    public OutboundEvent withoutState() {
        return new OutboundEvent(
                message,
                new EntityState(entity.ref, entity.version, before.gone, null),
                owner,
                new Before(null, before.owner, before.gone, before.kin, false),
                false);
    }

    /** Bytes of what its sender said: as many for everybody, whatever else the stream holds. */
    public int size() {
        return event().data().length + event().metadata().length;
    }

    /** Bytes of heap that it holds from its beginning: its line, what its sender said, its entity's state. */
    public int memory() {
        byte[] state = entity.state;
        return message.line().length + size() + (state == null ? 0 : state.length);
    }

    /** The same for who loses sight of its entity: without anything that the event says. */
    public OutboundEvent removed() {
        OutboundEvent known = removed;
        if (known == null) {
            known = new OutboundEvent(message, entity, owner, before, true);
            removed = known;
        }
        return known;
    }

    /** Whether it says no more than that its entity is out of sight. */
    public boolean removal() {
        return removal;
    }

    /** Whether somebody may lose sight of its entity. */
    public boolean leaves() {
        return !removal && (before.owner != null || before.gone);
    }

    public boolean gone() {
        return before.gone;
    }

    @Nullable
    public String previousOwner() {
        return before.owner;
    }

    public List<EventType> kin() {
        return before.kin;
    }

    public boolean fromHistory() {
        return before.history;
    }

    /** What filters look into of the entity as it stands; null if it is gone. */
    @Nullable
    public JsonNode stateTree() {
        ObjectNode known = stateTree;
        byte[] state = entity.state;
        if (known == null && state != null) {
            known = asEvent(read(state));
            stateTree = known;
        }
        return known;
    }

    /** What they looked into before the event; null if it wasn't there. */
    @Nullable
    public JsonNode beforeTree() {
        ObjectNode known = beforeTree;
        String patch = before.patch;
        if (known == null && patch != null) {
            byte[] state = entity.state;
            known = asEvent(Json.merge(state == null ? null : read(state), Json.parse(patch)));
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

    /** When this node had it to send. */
    public long atMicros() {
        return atMicros;
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

    /** Whether the entity's state is, as the event is, its owner's own: others may have changed it since. */
    public boolean stateIsTheOwners() {
        byte[] state = entity.state;
        return state == null
                || (owner != null && event().owner() != null && event().owner().equals(owner.text(Json.parse(state))));
    }

    byte @Nullable [] state() {
        return entity.state;
    }

    /** What filters look into. */
    public JsonNode tree() {
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

    /** The message for clients that see the whole stream, or a part of it. */
    public OutboundMessage encode(boolean whole, PositionCipher cipher) {
        return removal
                ? OutboundMessage.of(removedMessage(whole, cipher))
                : encoded(whole ? message.line() : message.sealedLine(cipher), whole);
    }

    private OutboundMessage encoded(byte[] line, boolean whole) {
        return OutboundMessage.event(message.kind().wire(), line, message.positionAt(), message.positionLength(!whole));
    }

    /** What a client gets that loses sight of the event's entity: where, and which, and nothing else. */
    private JsonObject removedMessage(boolean whole, PositionCipher cipher) {
        String stream = event().stream();
        Position position = message.position();
        EntityRef gone = entity.ref;
        JsonObject removed = new JsonObject().put("type", "removed").put("stream", stream);
        if (position != null) {
            removed.put("position", whole ? position.toString() : cipher.sealEvent(stream, position));
        }
        return removed.put(
                "entity",
                new JsonObject().put("kind", gone == null ? "" : gone.kind()).put("id", gone == null ? "" : gone.id()));
    }

    /** The message with the entity's state instead of the event's data. */
    public OutboundMessage encodeState(boolean whole, PositionCipher cipher) {
        return encoded(entityLines().state(whole, cipher), whole);
    }

    /**
     * The message with a patch instead of the event's data.
     *
     * @return null if no patch says it: one that sets a member to null would take it away (RFC 7396)
     */
    @Nullable
    OutboundMessage encodePatch(boolean whole, PositionCipher cipher, long fromVersion, byte[] fromState) {
        byte[] line = entityLines().patch(whole, cipher, fromVersion, fromState);
        return line == null ? null : encoded(line, whole);
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
