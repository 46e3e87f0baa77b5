package io.millrace.persistence.commit;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.persistence.entity.EntityChanges;
import io.millrace.persistence.entity.StoredEntity;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of one attempt to commit a batch, from what was read under locks or cached: each event is expired, a
 * duplicate, a conflict, or gets the next position of its stream. Plain logic; lives for one attempt on one event loop.
 */
final class CommitPlan {
    private final DomainModel domains;
    private final CommitBatch arrivals;
    private final Map<String, Stream> streams = new HashMap<>();
    private final Deduplicator duplicates = new Deduplicator();
    private final EntityChanges entities;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Written> written = new ArrayList<>();

    /** An event that gets a position. */
    record Written(
            Event event,
            CommitPath path,
            int stream,
            long pos,
            Position position,
            EntityChanges.@Nullable Change change) {}

    static final class Stream {
        final int id;
        final String epoch;
        /** The head before this commit. */
        final long was;

        long head;

        Stream(int id, String epoch, long head) {
            this.id = id;
            this.epoch = epoch;
            this.was = head;
            this.head = head;
        }
    }

    CommitPlan(DomainModel domains, CommitBatch arrivals) {
        this.domains = domains;
        this.arrivals = arrivals;
        this.entities = new EntityChanges(domains.maxEvent());
    }

    void streams(RowSet<Row> rows) {
        for (Row row : rows) {
            stream(row.getString(1), row.getInteger(0), row.getString(2), row.getLong(3));
        }
    }

    void stream(String name, int id, String epoch, long head) {
        streams.put(name, new Stream(id, epoch, head));
    }

    void known(RowSet<Row> rows) {
        duplicates.found(rows);
    }

    void entities(RowSet<Row> rows) {
        for (Row row : rows) {
            String state = row.getString(4);
            entities.found(
                    new EntityRef(row.getString(0), row.getString(1), row.getString(2)),
                    new StoredEntity(
                            row.getLong(3),
                            state == null ? null : Json.parse(state),
                            state == null ? 0 : state.length(),
                            row.getLong(5),
                            row.getLong(6),
                            row.getLong(5),
                            List.of()));
        }
    }

    /**
     * The entities whose newer merges have to be read before the decision, since some events of the batch are older
     * than these. Each with the time when the oldest of these events was accepted.
     */
    Map<EntityRef, Long> late() {
        Map<EntityRef, Long> late = new HashMap<>();
        for (Event event : arrivals.events()) {
            EntityRef ref = event.entity();
            if (ref != null && entities.lacksMerges(event, ref) && !duplicates.knows(event)) {
                late.merge(ref, event.acceptedAtMicros(), Math::min);
            }
        }
        return late;
    }

    /** Adds the newer merges. */
    void merges(Map<EntityRef, Long> late, RowSet<Row> rows) {
        Map<EntityRef, List<StoredEntity.Merge>> merges = new HashMap<>();
        for (Row row : rows) {
            String data = row.getString(4);
            merges.computeIfAbsent(
                            new EntityRef(row.getString(0), row.getString(1), row.getString(2)),
                            ref -> new ArrayList<>())
                    .add(new StoredEntity.Merge(row.getLong(3), Json.parse(data), data.length()));
        }
        late.forEach((ref, since) -> entities.merges(ref, since, merges.getOrDefault(ref, List.of())));
    }

    /** Decides for each event, in order. */
    void decide(long nowMicros) {
        for (int i = 0; i < arrivals.size(); i++) {
            outcomes.add(decide(arrivals.events().get(i), arrivals.paths().get(i), nowMicros));
        }
    }

    private Outcome decide(Event event, CommitPath path, long nowMicros) {
        Outcome duplicate = duplicates.duplicate(event);
        if (duplicate != null) {
            return duplicate;
        }
        if (event.expired(nowMicros)) {
            return Outcome.of(Outcome.Status.EXPIRED, event);
        }
        EntityRef ref = event.entity();
        Outcome refused = ref == null ? null : refused(event, ref);
        if (refused != null) {
            return refused;
        }
        Stream stream = streams.get(event.stream());
        if (stream == null) {
            throw new IllegalStateException("stream " + event.stream() + " was not locked");
        }
        Position position = new Position(stream.epoch, stream.head + 1);
        EntityRule rule = rule(event);
        EntityChanges.Change change;
        try {
            change = ref == null || rule == null
                    ? null
                    : entities.apply(event, ref, rule.apply(), ownerField(event), stream.id, position.offset());
        } catch (MillraceException unfit) {
            // The data can't be read, or the entity would be too large.
            return Outcome.failed(event.id(), unfit);
        }
        stream.head++;
        written.add(new Written(owned(event, change), path, stream.id, position.offset(), position, change));
        duplicates.add(event, position);
        return Outcome.committed(event, position);
    }

    /** Why an event may not change its entity; null if it may. */
    private @Nullable Outcome refused(Event event, EntityRef ref) {
        if (event.target() != null || event.exclude() != null) {
            return Outcome.failed(
                    event.id(),
                    Failure.INVALID_EVENT,
                    "an event with target or exclude can't change the " + ref.kind() + ", which others may read");
        }
        long version = entities.version(ref);
        long expected = event.expectedVersion();
        boolean met = expected == Event.ANY_VERSION || expected == version || (expected == 0 && !entities.exists(ref));
        return met
                ? null
                : Outcome.conflict(
                        event.id(),
                        "the " + ref.kind() + " " + ref.id() + " is at version " + version + ", not " + expected,
                        version);
    }

    /** The owner field in the entity's state, by the first type that changes such entities. */
    private @Nullable FieldPath ownerField(Event event) {
        EventType type = domains.type(event.type());
        if (type == null || type.entity() == null || type.owner() != null) {
            return type == null ? null : type.owner();
        }
        for (EventType other : domains.typesOfEntity(type.entity().kind())) {
            if (other.owner() != null && other.namespace().equals(type.namespace())) {
                return other.owner();
            }
        }
        return null;
    }

    /** An event without an owner field has the owner of its entity. */
    private Event owned(Event event, EntityChanges.@Nullable Change change) {
        EventType type = domains.type(event.type());
        if (change == null || type == null || type.owner() == null || event.owner() != null) {
            return event;
        }
        String owner = change.ownerAfter() == null ? change.ownerBefore() : change.ownerAfter();
        return owner == null ? event : event.toBuilder().owner(owner).build();
    }

    private @Nullable EntityRule rule(Event event) {
        EventType type = domains.type(event.type());
        return type == null ? null : type.entity();
    }

    List<Outcome> outcomes() {
        return outcomes;
    }

    List<Written> written() {
        return written;
    }

    EntityChanges entities() {
        return entities;
    }

    /** The streams that got events, by id: the one order in which every commit takes their locks. */
    List<Stream> moved() {
        return streams.values().stream()
                .filter(stream -> stream.head > stream.was)
                .sorted(Comparator.comparingInt(stream -> stream.id))
                .toList();
    }

    Map<String, Stream> streams() {
        return streams;
    }

    List<Event> events() {
        return arrivals.events();
    }

    /**
     * Whether the decisions are final if the write succeeds. That an event has expired, or is refused because of its
     * entity, can only be decided under locks: it may be a duplicate, and the entity may have changed.
     */
    boolean certain() {
        return outcomes.stream()
                .noneMatch(outcome -> outcome.status() == Outcome.Status.EXPIRED
                        || outcome.failure() == Failure.VERSION_CONFLICT
                        || outcome.failure() == Failure.TOO_LARGE
                        || outcome.failure() == Failure.INVALID_EVENT);
    }

    /** The events that had expired. */
    CommitBatch expired() {
        List<Event> events = new ArrayList<>();
        List<CommitPath> paths = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).status() == Outcome.Status.EXPIRED) {
                events.add(arrivals.events().get(i));
                paths.add(arrivals.paths().get(i));
            }
        }
        return new CommitBatch(events, paths);
    }

    /** Whether some events existed already. */
    boolean hasDuplicates() {
        return written.size() < arrivals.size();
    }

    /** A plan for the same events under the same locks of their streams, for another look-up and decision. */
    CommitPlan again() {
        CommitPlan again = new CommitPlan(domains, arrivals);
        streams.forEach((name, stream) -> again.stream(name, stream.id, stream.epoch, stream.was));
        return again;
    }

    /** The events that are published to the shards. */
    List<CommittedEvent> committed() {
        List<CommittedEvent> committed = new ArrayList<>(written.size());
        for (Written row : written) {
            EntityChanges.Change change = row.change;
            committed.add(new CommittedEvent(
                    row.event,
                    row.position,
                    change == null ? 0 : change.version(),
                    change == null ? null : change.stateBytes(),
                    change == null ? null : change.before(),
                    change == null ? null : change.previousOwner()));
        }
        return committed;
    }
}
