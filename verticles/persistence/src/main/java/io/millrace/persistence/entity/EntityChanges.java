package io.millrace.persistence.entity;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.Json;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.FieldPath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entities of one commit: as they were read under locks or cached, and as the commit's events change them one after
 * the other. Lives for one attempt.
 *
 * <p>An ordinary event may come after a newer one of its entity: an urgent one overtook it, or it was retried. The
 * newer event keeps its effect, and the older one has the effect that it would have had before it ({@link LateEvents}).
 * An urgent event, and one with an expected version, is never late: its sender waits for it to take effect now.
 */
public final class EntityChanges {
    /** The longest user name: a longer one owns nothing, and fits into no index. */
    private static final int LONGEST_USER = 128;

    private static final ObjectNode NOTHING = JsonNodeFactory.instance.objectNode();

    private final int maxState;
    private final Map<EntityRef, ChangedEntity> entries = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    /** @param maxState the largest number of bytes of an entity's state */
    public EntityChanges(int maxState) {
        this.maxState = maxState;
    }

    public void found(EntityRef ref, StoredEntity stored) {
        entries.put(ref, new ChangedEntity(ref, stored));
    }

    /** Adds all merges of an entity that were accepted after a time. */
    public void merges(EntityRef ref, long since, List<StoredEntity.Merge> merges) {
        ChangedEntity entry = entries.get(ref);
        if (entry != null) {
            entry.merges(since, merges);
        }
    }

    /** Whether an event is late and its newer merges have to be read. */
    public boolean lacksMerges(Event event, EntityRef ref) {
        ChangedEntity entry = entries.get(ref);
        return entry != null && !inOrder(event) && entry.lacksMerges(event.acceptedAtMicros());
    }

    private static boolean inOrder(Event event) {
        return event.priority().urgent() || event.expectedVersion() != Event.ANY_VERSION;
    }

    /** All entities, changed or not. */
    public Stream<ChangedEntity> entries() {
        return entries.values().stream();
    }

    public long version(EntityRef ref) {
        ChangedEntity entry = entries.get(ref);
        return entry == null ? 0 : entry.version();
    }

    /** Whether an entity exists now. */
    public boolean exists(EntityRef ref) {
        ChangedEntity entry = entries.get(ref);
        return entry != null && entry.state() != null;
    }

    /**
     * Applies one event. Fails as {@link Failure#TOO_LARGE} without a change if the entity would be too large.
     *
     * @param owner the owner field of the state; null if there is none
     * @return null if the event changes nothing, because newer ones named all its members
     */
    public @Nullable Change apply(
            Event event, EntityRef ref, EntityOperation rule, @Nullable FieldPath owner, int stream, long pos) {
        ChangedEntity entry = entries.computeIfAbsent(ref, missing -> new ChangedEntity(missing, StoredEntity.NONE));
        long accepted = event.acceptedAtMicros();
        long at = inOrder(event) ? Math.max(accepted, entry.asOf()) : accepted;
        if (at < entry.wholeAt()) {
            return null;
        }
        ObjectNode data = rule == EntityOperation.DELETE ? NOTHING : Json.parse(event.data());
        ObjectNode before = entry.state();
        boolean late = at < entry.asOf();
        if (late && entry.supersedes(rule, data, at)) {
            return null;
        }
        ObjectNode after = late && before != null
                ? LateEvents.apply(rule, before, data, entry.namedAfter(at))
                : rule == EntityOperation.DELETE ? null : applied(before, data, rule);
        // After a put the state is the text that was sent.
        String text =
                after == null ? null : rule == EntityOperation.PUT && !late ? utf8(event.data()) : Json.text(after);
        EntitySizeLimit.require(ref, before, text, maxState);
        String newOwner = owner == null || after == null ? null : owner.text(after);
        entry.change(after, text, newOwner != null && newOwner.length() <= LONGEST_USER ? newOwner : null, stream, pos);
        entry.note(rule, at, data, event.data().length);
        Change change = new Change(
                ref,
                entry.version(),
                stream,
                pos,
                event.publisher(),
                patch(before, after),
                patch(after, before),
                at,
                text,
                owner == null || before == null ? null : owner.text(before),
                newOwner);
        changes.add(change);
        return change;
    }

    private static String utf8(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static ObjectNode applied(@Nullable ObjectNode before, ObjectNode data, EntityOperation rule) {
        // A first merge too: a patch may hold nulls, which a state never does.
        return rule == EntityOperation.PUT ? data : Json.merge(before, data);
    }

    private static @Nullable String patch(@Nullable ObjectNode from, @Nullable ObjectNode to) {
        return to == null
                ? null
                : Json.text(Json.diff(from == null ? JsonNodeFactory.instance.objectNode() : from, to));
    }

    public List<Change> changes() {
        return changes;
    }

    /** The changed entities that existed before. */
    public List<ChangedEntity> updated() {
        return changed(true);
    }

    /** The new entities, in the order in which every commit creates them, so that no two commits deadlock. */
    public List<ChangedEntity> made() {
        return changed(false);
    }

    private List<ChangedEntity> changed(boolean wereThere) {
        return entries.values().stream()
                .filter(entry -> entry.version() != entry.base() && entry.base() > 0 == wereThere)
                .sorted(Comparator.comparing((ChangedEntity entry) -> entry.stream())
                        .thenComparing(entry -> entry.ref().kind())
                        .thenComparing(entry -> entry.ref().id()))
                .toList();
    }

    /**
     * One row of the audit.
     *
     * @param at the event's time in the entity's order, microseconds since 1970 UTC
     * @param state the state after the event, as JSON; null if the entity was deleted
     * @param ownerBefore the owner before the event; null if there was none
     * @param ownerAfter the owner after the event; null if there is none
     */
    public record Change(
            EntityRef ref,
            long version,
            int stream,
            long pos,
            String by,
            @Nullable String after,
            @Nullable String before,
            long at,
            @Nullable String state,
            @Nullable String ownerBefore,
            @Nullable String ownerAfter) {
        /** The owner who lost the entity; null if there is none. */
        public @Nullable String previousOwner() {
            return ownerBefore == null || ownerBefore.equals(ownerAfter) ? null : ownerBefore;
        }

        public byte @Nullable [] stateBytes() {
            return state == null ? null : state.getBytes(StandardCharsets.UTF_8);
        }
    }
}
