package io.millrace.persistence;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.Event;
import io.millrace.contracts.Json;
import io.millrace.contracts.domain.Apply;
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
 */
final class EntityLedger {
    private final Map<EntityRef, Entry> entries = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    /**
     * As it stood before. The state is never written to: whoever changes an entity makes a new one.
     *
     * @param length of the state as text
     */
    void found(EntityRef ref, long version, @Nullable ObjectNode state, int length) {
        entries.put(ref, new Entry(ref, version, state, length));
    }

    /** All of them, changed or not. */
    Stream<Entry> entries() {
        return entries.values().stream();
    }

    long version(EntityRef ref) {
        Entry entry = entries.get(ref);
        return entry == null ? 0 : entry.version;
    }

    /** Applies one event. */
    Change apply(Event event, EntityRef ref, Apply rule, int stream, long pos) {
        Entry entry = entries.computeIfAbsent(ref, missing -> new Entry(missing, 0, null, 0));
        ObjectNode before = entry.state;
        ObjectNode after = rule == Apply.DELETE ? null : applied(before, Json.parse(event.data()), rule);
        entry.version++;
        entry.state = after;
        entry.stream = stream;
        entry.pos = pos;
        // Put whole, the state is the very text that was sent.
        entry.text = after == null ? null : rule == Apply.PUT ? utf8(event.data()) : Json.text(after);
        Change change = new Change(
                ref,
                entry.version,
                stream,
                pos,
                event.publisher(),
                patch(before, after),
                patch(after, before),
                entry.text);
        changes.add(change);
        return change;
    }

    private static String utf8(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static ObjectNode applied(@Nullable ObjectNode before, ObjectNode data, Apply rule) {
        // A first merge too: a patch may hold nulls, which a state never does.
        return rule == Apply.PUT ? data : Json.merge(before, data);
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
     * @param state the whole state after it, as JSON; null if it was deleted
     */
    record Change(
            EntityRef ref,
            long version,
            int stream,
            long pos,
            String by,
            @Nullable String after,
            @Nullable String before,
            @Nullable String state) {
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

        int stream;
        long pos;
        private final int found;

        Entry(EntityRef ref, long version, @Nullable ObjectNode state, int found) {
            this.ref = ref;
            this.found = found;
            this.base = version;
            this.version = version;
            this.state = state;
        }

        /** Of the state as text, as it was found or as it was left. */
        int length() {
            return text == null ? found : text.length();
        }
    }
}
