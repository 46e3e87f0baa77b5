package io.millrace.broadcast.outbound;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.text.Json;
import io.millrace.platform.delivery.ClientMessage;
import io.millrace.platform.delivery.PositionCipher;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes merge patches (RFC 7396) from the entity states that a group was sent last. Bounded: after an entity was evicted
 * its next message is whole. Owned by its hub's event loop.
 */
public final class DeltaEncoder {
    private static final JsonStringEncoder TEXT = JsonStringEncoder.getInstance();
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    /** The one that was sent longest ago comes first. */
    private final LinkedHashMap<EntityRef, LastSent> lastSent = new LinkedHashMap<>(16, 0.75f, true);

    private final int maxEntities;
    private final int maxBytes;
    private int bytes;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record LastSent(long version, byte[] state) {}

    /**
     * @param maxEntities how many entities' states are kept
     * @param maxBytes of these states together; a larger one isn't kept
     */
    public DeltaEncoder(int maxEntities, int maxBytes) {
        this.maxEntities = maxEntities;
        this.maxBytes = maxBytes;
    }

    /** The two forms in which a message goes to the group's members. */
    public record Forms(long patchFrom, @Nullable OutboundMessage patch, OutboundMessage whole) {}

    /** Encodes a message whose entity's state is known, and keeps the state for the next patch. */
    public Forms next(OutboundEvent message, EntityRef entity, boolean open, PositionCipher cipher) {
        LastSent before = lastSent.get(entity);
        OutboundMessage whole = message.encodeState(open, cipher);
        byte[] state = message.state();
        keep(entity, message.version(), state);
        if (before == null || state == null) {
            return new Forms(-1, null, whole);
        }
        OutboundMessage patch = message.encodePatch(open, cipher, before.version(), before.state());
        // A patch that is longer than the whole message is useless.
        return new Forms(before.version(), patch != null && patch.length() < whole.length() ? patch : null, whole);
    }

    /** @param state null for an entity that is gone */
    void keep(EntityRef entity, long version, byte @Nullable [] state) {
        LastSent before = lastSent.remove(entity);
        bytes -= before == null ? 0 : before.state().length;
        if (state != null && state.length <= maxBytes) {
            lastSent.put(entity, new LastSent(version, state));
            bytes += state.length;
        }
        Iterator<LastSent> eldest = lastSent.values().iterator();
        while (lastSent.size() > maxEntities || bytes > maxBytes) {
            bytes -= eldest.next().state().length;
            eldest.remove();
        }
    }

    /** Whether the next message of an entity may be a patch. */
    boolean knows(EntityRef entity) {
        return lastSent.containsKey(entity);
    }

    /** The merge patch between two states; null if no patch can express the change. */
    static byte @Nullable [] patch(byte[] from, byte[] to) {
        ObjectNode before = Json.parse(from);
        ObjectNode after = Json.parse(to);
        ObjectNode patch = Json.diff(before, after);
        return Json.merge(before, patch).equals(after) ? Json.text(patch).getBytes(StandardCharsets.UTF_8) : null;
    }

    /** {@code "entity":{…}}. */
    static String name(@Nullable EntityRef entity) {
        StringBuilder text = new StringBuilder(64).append("\"entity\":{\"kind\":\"");
        TEXT.quoteAsString(entity == null ? "" : entity.kind(), text);
        text.append("\",\"id\":\"");
        TEXT.quoteAsString(entity == null ? "" : entity.id(), text);
        return text.append("\"}").toString();
    }

    /** {@code "entity":{…},"version":4,"state":…}. */
    static byte[] members(@Nullable EntityRef entity, long version, String name, byte @Nullable [] json) {
        StringBuilder head = new StringBuilder(96)
                .append(name(entity))
                .append(",\"version\":")
                .append(version)
                .append(",\"")
                .append(name)
                .append("\":");
        byte[] first = head.toString().getBytes(StandardCharsets.UTF_8);
        byte[] value = json == null ? NULL : json;
        byte[] members = new byte[first.length + value.length];
        System.arraycopy(first, 0, members, 0, first.length);
        System.arraycopy(value, 0, members, first.length, value.length);
        return members;
    }

    /** A merge patch, and the line that holds it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Patch(byte[] json, byte[] line) {
        private Patch sealed(ClientMessage message, PositionCipher cipher) {
            return new Patch(json, message.sealed(line, cipher));
        }
    }

    /**
     * The lines that hold an event's entity instead of its data, each encoded when first needed. Safe from any thread: two
     * threads that need the same line at once encode it twice, alike.
     */
    static final class EntityLines {
        private final ClientMessage message;
        private final @Nullable EntityRef entity;
        private final long version;
        private final byte @Nullable [] state;
        private volatile byte @Nullable [] whole;
        private volatile byte @Nullable [] wholeSealed;
        private volatile @Nullable Patch patch;
        private volatile @Nullable Patch patchSealed;

        EntityLines(ClientMessage message, @Nullable EntityRef entity, long version, byte @Nullable [] state) {
            this.message = message;
            this.entity = entity;
            this.version = version;
            this.state = state;
        }

        /** The line with the entity's state. */
        byte[] state(boolean open, PositionCipher cipher) {
            byte[] line = whole;
            if (line == null) {
                line = message.lineWith(members(entity, version, "state", state));
                whole = line;
            }
            byte[] sealed = wholeSealed;
            if (!open && sealed == null) {
                sealed = message.sealed(line, cipher);
                wholeSealed = sealed;
            }
            return open || sealed == null ? line : sealed;
        }

        /** The line with a patch; null if no patch can express the change. A patch from the version before is shared. */
        @Nullable
        Patch patch(boolean open, PositionCipher cipher, long fromVersion, byte[] fromState) {
            if (fromVersion != version - 1) {
                Patch made = patched(fromState);
                return open || made == null ? made : made.sealed(message, cipher);
            }
            Patch known = patch;
            if (known == null) {
                known = patched(fromState);
                patch = known;
            }
            Patch sealed = patchSealed;
            if (!open && sealed == null && known != null) {
                sealed = known.sealed(message, cipher);
                patchSealed = sealed;
            }
            return open ? known : sealed;
        }

        private @Nullable Patch patched(byte[] from) {
            byte[] changed = state == null ? null : DeltaEncoder.patch(from, state);
            return changed == null
                    ? null
                    : new Patch(changed, message.lineWith(members(entity, version, "patch", changed)));
        }
    }
}
