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
 * The entities of one commit: as they were found under their locks or remembered, and as the commit's events change them
 * one after the other. Lives for one attempt.
 *
 * <p>An ordinary event may come after a newer one of its entity: an urgent one overtook it, or it was tried again. What was
 * accepted later stands, and the event does what it would have done before that ({@link LateEvents}). An urgent event, and one
 * that names the version that it follows, is never late: its sender waits for it to take effect here, after all that has.
 */
final class EntityChanges {
    /** Merges that are kept of an entity from one commit to the next, those accepted last. */
    private static final int KEPT_MERGES = 8;

    /** The longest name that a user has: of a longer one nobody is the owner, and no index has room for it. */
    private static final int LONGEST_USER = 128;

    private static final ObjectNode NOTHING = JsonNodeFactory.instance.objectNode();

    private final int maxState;
    private final Map<EntityRef, Entry> entries = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    /** @param maxState bytes that an entity's state may have */
    EntityChanges(int maxState) {
        this.maxState = maxState;
    }

    /**
     * How an entity stands. The state is never written to: whoever changes an entity makes a new one.
     *
     * @param state null if it is gone
     * @param length of the state as text
     * @param asOf when the newest event that changed it was accepted, microseconds since 1970 UTC; 0 if that isn't known
     * @param wholeAt when the newest one was that put it whole or deleted it
     * @param merges those that were accepted after {@code mergesSince}, all of them
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

    /** What a merge said, and when it was accepted. */
    record Merge(long at, ObjectNode data, int length) {}

    void found(EntityRef ref, Standing standing) {
        entries.put(ref, new Entry(ref, standing));
    }

    /** Merges of an entity that was found, all that were accepted after a time. */
    void merges(EntityRef ref, long since, List<Merge> merges) {
        Entry entry = entries.get(ref);
        if (entry != null) {
            entry.mergesSince = since;
            entry.merges = merges;
        }
    }

    /** Whether an event is late, and which merges are newer isn't known. */
    boolean lacksMerges(Event event, EntityRef ref) {
        Entry entry = entries.get(ref);
        long at = event.acceptedAtMicros();
        return entry != null && !inOrder(event) && at < entry.asOf && at >= entry.wholeAt && at < entry.mergesSince;
    }

    private static boolean inOrder(Event event) {
        return event.priority().urgent() || event.expectedVersion() != Event.ANY_VERSION;
    }

    /** All of them, changed or not. */
    Stream<Entry> entries() {
        return entries.values().stream();
    }

    long version(EntityRef ref) {
        Entry entry = entries.get(ref);
        return entry == null ? 0 : entry.version;
    }

    /** Whether an entity is there now. */
    boolean exists(EntityRef ref) {
        Entry entry = entries.get(ref);
        return entry != null && entry.state != null;
    }

    /**
     * Applies one event. Fails as {@link Failure#TOO_LARGE}, having changed nothing, if the entity would be larger than one
     * may be.
     *
     * @param owner where a state says whose it is; null where none does
     * @return null if it changes nothing: newer ones have said all that it says
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
        // Put whole, the state is the very text that was sent.
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

    /** What was done to an entry. */
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

    /** Those that were there, and changed. */
    List<Entry> updated() {
        return changed(true);
    }

    /** Those that were not there: in the one order in which every commit makes them, so that no two wait crosswise. */
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
     * @param at its time in the entity's order, microseconds since 1970 UTC
     * @param state the whole state after it, as JSON; null if it was deleted
     * @param ownerBefore whose it was before; null if nobody's
     * @param ownerAfter whose it is after it; null if nobody's
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
        /** Who had it and hasn't any more; null if nobody lost it. */
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

        /** Whether newer events have said all that a late one says. */
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

        /** As it is left, with the newest merges. */
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
