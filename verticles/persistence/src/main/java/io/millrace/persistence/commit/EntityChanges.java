package io.millrace.persistence.commit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.Json;
import io.millrace.domain.model.EntityOperation;
import io.millrace.domain.model.FieldPath;
import io.millrace.persistence.store.EntitySizeLimit;
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
final class EntityChanges {
    /** The largest number of merges of an entity that are kept between commits, those accepted last. */
    private static final int KEPT_MERGES = 8;

    /** The longest user name: a longer one owns nothing, and fits into no index. */
    private static final int LONGEST_USER = 128;

    private static final ObjectNode NOTHING = JsonNodeFactory.instance.objectNode();

    private final int maxState;
    private final Map<EntityRef, Entry> entries = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    /** @param maxState the largest number of bytes of an entity's state */
    EntityChanges(int maxState) {
        this.maxState = maxState;
    }

    /**
     * An entity's state, which is never modified: each change makes a new one.
     *
     * @param state the state; null if the entity was deleted
     * @param length the length of the state as text
     * @param asOf when the newest event that changed it was accepted, microseconds since 1970 UTC; 0 if that isn't
     *     known
     * @param wholeAt when the newest put or delete was accepted
     * @param merges all merges that were accepted after {@code mergesSince}
     */
    record Standing(
            long version,
            @Nullable ObjectNode state,
            int length,
            long asOf,
            long wholeAt,
            long mergesSince,
            List<Merge> merges) {
        static final Standing NOTHING = new Standing(0, null, 0, 0, 0, 0, List.of());
    }

    /** A merge and the time when it was accepted. */
    record Merge(long at, ObjectNode data, int length) {}

    void found(EntityRef ref, Standing standing) {
        entries.put(ref, new Entry(ref, standing));
    }

    /** Adds all merges of an entity that were accepted after a time. */
    void merges(EntityRef ref, long since, List<Merge> merges) {
        Entry entry = entries.get(ref);
        if (entry != null) {
            entry.mergesSince = since;
            entry.merges = merges;
        }
    }

    /** Whether an event is late and its newer merges have to be read. */
    boolean lacksMerges(Event event, EntityRef ref) {
        Entry entry = entries.get(ref);
        long at = event.acceptedAtMicros();
        return entry != null && !inOrder(event) && at < entry.asOf && at >= entry.wholeAt && at < entry.mergesSince;
    }

    private static boolean inOrder(Event event) {
        return event.priority().urgent() || event.expectedVersion() != Event.ANY_VERSION;
    }

    /** All entities, changed or not. */
    Stream<Entry> entries() {
        return entries.values().stream();
    }

    long version(EntityRef ref) {
        Entry entry = entries.get(ref);
        return entry == null ? 0 : entry.version;
    }

    /** Whether an entity exists now. */
    boolean exists(EntityRef ref) {
        Entry entry = entries.get(ref);
        return entry != null && entry.state != null;
    }

    /**
     * Applies one event. Fails as {@link Failure#TOO_LARGE} without a change if the entity would be too large.
     *
     * @param owner the owner field of the state; null if there is none
     * @return null if the event changes nothing, because newer ones named all its members
     */
    @Nullable
    Change apply(Event event, EntityRef ref, EntityOperation rule, @Nullable FieldPath owner, int stream, long pos) {
        Entry entry = entries.computeIfAbsent(ref, missing -> new Entry(missing, Standing.NOTHING));
        long accepted = event.acceptedAtMicros();
        long at = inOrder(event) ? Math.max(accepted, entry.asOf) : accepted;
        if (at < entry.wholeAt) {
            return null;
        }
        ObjectNode data = rule == EntityOperation.DELETE ? NOTHING : Json.parse(event.data());
        ObjectNode before = entry.state;
        boolean late = at < entry.asOf;
        if (late && entry.says(rule, data, at)) {
            return null;
        }
        ObjectNode after = late && before != null
                ? LateEvents.apply(rule, before, data, entry.namedAfter(at))
                : rule == EntityOperation.DELETE ? null : applied(before, data, rule);
        // After a put the state is the text that was sent.
        String text =
                after == null ? null : rule == EntityOperation.PUT && !late ? utf8(event.data()) : Json.text(after);
        EntitySizeLimit.require(ref, before, text, maxState);
        entry.version++;
        entry.state = after;
        entry.text = text;
        entry.stream = stream;
        entry.pos = pos;
        entry.note(rule, at, data, event.data().length);
        Change change = change(entry, event.publisher(), before, at, owner);
        changes.add(change);
        return change;
    }

    /** How an entry was changed. */
    private static Change change(
            Entry entry, String by, @Nullable ObjectNode before, long at, @Nullable FieldPath ownerField) {
        ObjectNode after = entry.state;
        String owner = ownerField == null || after == null ? null : ownerField.text(after);
        entry.owner = owner != null && owner.length() <= LONGEST_USER ? owner : null;
        return new Change(
                entry.ref,
                entry.version,
                entry.stream,
                entry.pos,
                by,
                patch(before, after),
                patch(after, before),
                at,
                entry.text,
                ownerField == null || before == null ? null : ownerField.text(before),
                owner);
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

    List<Change> changes() {
        return changes;
    }

    /** The changed entities that existed before. */
    List<Entry> updated() {
        return changed(true);
    }

    /** The new entities, in the order in which every commit creates them, so that no two commits deadlock. */
    List<Entry> made() {
        return changed(false);
    }

    private List<Entry> changed(boolean wereThere) {
        return entries.values().stream()
                .filter(entry -> entry.version != entry.base && entry.base > 0 == wereThere)
                .sorted(Comparator.comparing((Entry entry) -> entry.stream)
                        .thenComparing(entry -> entry.ref.kind())
                        .thenComparing(entry -> entry.ref.id()))
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
    record Change(
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
        @Nullable
        String previousOwner() {
            return ownerBefore == null || ownerBefore.equals(ownerAfter) ? null : ownerBefore;
        }

        byte @Nullable [] stateBytes() {
            return state == null ? null : state.getBytes(StandardCharsets.UTF_8);
        }
    }

    static final class Entry {
        final EntityRef ref;
        final long base;
        long version;

        @Nullable
        ObjectNode state;

        @Nullable
        String text;

        @Nullable
        String owner;

        int stream;
        long pos;
        long asOf;
        long wholeAt;
        private final int found;
        private long mergesSince;
        private List<Merge> merges;
        private boolean added;

        Entry(EntityRef ref, Standing standing) {
            this.ref = ref;
            this.found = standing.length;
            this.base = standing.version;
            this.version = standing.version;
            this.state = standing.state;
            this.asOf = standing.asOf;
            this.wholeAt = standing.wholeAt;
            this.mergesSince = standing.mergesSince;
            this.merges = standing.merges;
        }

        private ObjectNode namedAfter(long at) {
            if (at < mergesSince) {
                throw new IllegalStateException("the newer merges of " + ref + " were not looked up");
            }
            return LateEvents.named(merges.stream()
                    .filter(merge -> merge.at > at)
                    .map(Merge::data)
                    .toList());
        }

        /** Whether newer events named all members of a late one. */
        private boolean says(EntityOperation rule, ObjectNode data, long at) {
            return state == null || (rule == EntityOperation.MERGE && LateEvents.covers(namedAfter(at), data));
        }

        private void note(EntityOperation rule, long at, ObjectNode data, int length) {
            asOf = Math.max(asOf, at);
            if (rule == EntityOperation.MERGE) {
                add(new Merge(at, data, length));
            } else {
                wholeAt = at;
            }
        }

        private void add(Merge merge) {
            if (!added) {
                merges = new ArrayList<>(merges);
                added = true;
            }
            merges.add(merge);
        }

        /** The final state, with the newest merges. */
        Standing standing() {
            List<Merge> kept = merges.stream()
                    .filter(merge -> merge.at >= wholeAt)
                    .sorted(Comparator.comparingLong(Merge::at))
                    .toList();
            int drop = Math.max(0, kept.size() - KEPT_MERGES);
            long since = drop == 0 ? mergesSince : Math.max(mergesSince, kept.get(drop - 1).at);
            List<Merge> newest = kept.subList(drop, kept.size());
            int length = text == null ? found : text.length();
            for (Merge merge : newest) {
                length += merge.length;
            }
            return new Standing(version, state, length, asOf, wholeAt, since, newest);
        }
    }
}
