package io.millrace.persistence.entity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.domain.model.EntityOperation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entity during a commit: as it was found, and as the events so far changed it. Lives for one attempt. */
public final class ChangedEntity {
    /** The largest number of merges of an entity that are kept between commits, those accepted last. */
    private static final int KEPT_MERGES = 8;

    private final EntityRef ref;
    private final long base;
    private final int foundLength;
    private long version;
    private @Nullable ObjectNode state;
    private @Nullable String text;
    private @Nullable String owner;
    private int stream;
    private long pos;
    private long asOf;
    private long wholeAt;
    private long mergesSince;
    private List<StoredEntity.Merge> merges;
    private boolean added;

    ChangedEntity(EntityRef ref, StoredEntity found) {
        this.ref = ref;
        this.foundLength = found.length();
        this.base = found.version();
        this.version = found.version();
        this.state = found.state();
        this.asOf = found.asOf();
        this.wholeAt = found.wholeAt();
        this.mergesSince = found.mergesSince();
        this.merges = found.merges();
    }

    public EntityRef ref() {
        return ref;
    }

    /** The version that was found; 0 if the entity was never there. */
    public long base() {
        return base;
    }

    public long version() {
        return version;
    }

    @Nullable
    ObjectNode state() {
        return state;
    }

    /** The state as JSON; null if the entity was deleted or isn't changed. */
    public @Nullable String text() {
        return text;
    }

    public @Nullable String owner() {
        return owner;
    }

    /** The stream of the last change, and the position there. */
    public int stream() {
        return stream;
    }

    public long pos() {
        return pos;
    }

    /** See {@link StoredEntity}. */
    public long asOf() {
        return asOf;
    }

    public long wholeAt() {
        return wholeAt;
    }

    void merges(long since, List<StoredEntity.Merge> newer) {
        mergesSince = since;
        merges = newer;
    }

    /** Whether an event that was accepted at this time is late and its newer merges have to be read. */
    boolean lacksMerges(long at) {
        return at < asOf && at >= wholeAt && at < mergesSince;
    }

    /** The members that merges after a time named. */
    ObjectNode namedAfter(long at) {
        if (at < mergesSince) {
            throw new IllegalStateException("the newer merges of " + ref + " were not looked up");
        }
        return LateEvents.named(merges.stream()
                .filter(merge -> merge.at() > at)
                .map(StoredEntity.Merge::data)
                .toList());
    }

    /** Whether a late event has no effect, because newer ones named all its members. */
    boolean supersedes(EntityOperation rule, ObjectNode data, long at) {
        return state == null || (rule == EntityOperation.MERGE && LateEvents.covers(namedAfter(at), data));
    }

    /**
     * An event changed the entity.
     *
     * @param after the new state; null if the entity is deleted
     * @param json the new state as JSON
     */
    void change(@Nullable ObjectNode after, @Nullable String json, @Nullable String newOwner, int inStream, long at) {
        version++;
        state = after;
        text = json;
        owner = newOwner;
        stream = inStream;
        pos = at;
    }

    /** Notes an event in the order in which the entity's events were accepted. */
    void note(EntityOperation rule, long at, ObjectNode data, int length) {
        asOf = Math.max(asOf, at);
        if (rule == EntityOperation.MERGE) {
            add(new StoredEntity.Merge(at, data, length));
        } else {
            wholeAt = at;
        }
    }

    private void add(StoredEntity.Merge merge) {
        if (!added) {
            merges = new ArrayList<>(merges);
            added = true;
        }
        merges.add(merge);
    }

    /** As it is after the commit, with the newest merges. */
    public StoredEntity stored() {
        List<StoredEntity.Merge> kept = merges.stream()
                .filter(merge -> merge.at() >= wholeAt)
                .sorted(Comparator.comparingLong(StoredEntity.Merge::at))
                .toList();
        int drop = Math.max(0, kept.size() - KEPT_MERGES);
        long since = drop == 0
                ? mergesSince
                : Math.max(mergesSince, kept.get(drop - 1).at());
        List<StoredEntity.Merge> newest = kept.subList(drop, kept.size());
        int length = text == null ? foundLength : text.length();
        for (StoredEntity.Merge merge : newest) {
            length += merge.length();
        }
        return new StoredEntity(version, state, length, asOf, wholeAt, since, newest);
    }
}
