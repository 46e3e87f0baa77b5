package io.millrace.broadcast;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.text.Json;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One stream in memory: what persistence keeps of it, answers and publishes. Safe from any thread. */
public final class StreamStore {
    public static final String STREAM = "orders";

    private final Bus bus;
    private final List<CommittedEvent> events = new ArrayList<>();
    private final Map<String, EntitySnapshot.Entity> states = new LinkedHashMap<>();
    private final Map<String, Long> versions = new HashMap<>();
    private final Map<String, String> owners = new HashMap<>();
    private volatile Future<Void> gate = Future.succeededFuture();
    private volatile int reads;
    private final ConcurrentNavigableMap<Integer, Future<Void>> gates = new ConcurrentSkipListMap<>();
    private volatile int entityReads;
    private volatile Future<Void> entityGate = Future.succeededFuture();
    private volatile int stateReads;
    private volatile Future<Void> stateGate = Future.succeededFuture();
    private String epoch = "k1";
    private int forgotten;

    StreamStore(Bus bus) throws Exception {
        this.bus = bus;
        Future.all(
                        bus.serve(Addresses.HISTORY, this::history),
                        bus.serve(Addresses.HEADS, query -> heads()),
                        bus.serve(Addresses.STATE, this::state),
                        bus.serve(Addresses.POSITION_AT, this::moment),
                        bus.serve(Addresses.CACHE, this::entity))
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    /** How often history was asked. */
    int reads() {
        return reads;
    }

    /** How often an entity was asked for. */
    int entityReads() {
        return entityReads;
    }

    /** From now on a page is made at once, and sent when {@code gate} completes. */
    void answersAfter(Future<Void> gate) {
        this.gate = gate;
    }

    /** The read of history of that number, and those after it, are sent when {@code gate} completes. */
    void answersFrom(int read, Future<Void> gate) {
        gates.put(read, gate);
    }

    /** From now on an entity is read at once, and sent when {@code gate} completes. */
    void sendsEntitiesAfter(Future<Void> gate) {
        this.entityGate = gate;
    }

    /** How often a state was asked for. */
    int stateReads() {
        return stateReads;
    }

    /** From now on a state is read at once, and sent when {@code gate} completes. */
    void sendsStatesAfter(Future<Void> gate) {
        this.stateGate = gate;
    }

    /** The stream is reset: it is empty, and the events to come are of another epoch. */
    synchronized void reset() {
        events.clear();
        states.clear();
        versions.clear();
        owners.clear();
        epoch = "k2";
    }

    /** Its first events are not kept any more. */
    synchronized void forget(int count) {
        forgotten = count;
    }

    /** Commits so many events without an owner, each named by its offset. */
    public void commit(int count) {
        for (int i = 0; i < count; i++) {
            commit("nobody", 10);
        }
    }

    /** An order of that customer is committed, with so many bytes of remarks. */
    public synchronized void commit(String owner, int bytes) {
        long offset = events.size() + 1L;
        CommittedEvent committed =
                new CommittedEvent(event("" + offset, owner, bytes), new Position(epoch, offset), 0, null);
        events.add(committed);
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(committed)));
    }

    /** These events are committed together. */
    synchronized void commit(List<Event> together) {
        List<CommittedEvent> batch = new ArrayList<>();
        for (Event event : together) {
            batch.add(new CommittedEvent(event, new Position(epoch, events.size() + 1L), 0, null));
            events.add(batch.get(batch.size() - 1));
        }
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(batch));
    }

    /** An order of that customer that was accepted at that time, microseconds since 1970 UTC. */
    synchronized void commitAccepted(String owner, long acceptedAtMicros) {
        long offset = events.size() + 1L;
        Event event = Event.builder("" + offset, "order:created", "tests").stream(STREAM)
                .data("{}".getBytes(StandardCharsets.UTF_8))
                .owner(owner)
                .publisher("u")
                .acceptedAtMicros(acceptedAtMicros)
                .build();
        CommittedEvent committed = new CommittedEvent(event, new Position(epoch, offset), 0, null);
        events.add(committed);
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(committed)));
    }

    /** A transient event of that id: nothing keeps it, and it has no position. */
    void announce(String id) {
        CommittedEvent event = CommittedEvent.transientEvent(event(id, "nobody", 10));
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(event)));
    }

    /** An order's data change to these; the event is named by its offset, and its time is its offset in seconds. */
    public void change(String order, String data) {
        change("order:created", order, "anna", data);
    }

    /** The same by an event of a type, which says whose the order is. */
    public synchronized void change(String type, String order, @Nullable String owner, String data) {
        long offset = events.size() + 1L;
        EntityRef ref = new EntityRef("order", STREAM, order);
        Event event = event("" + offset, type, owner, ref, data);
        EntitySnapshot.Entity was = states.get(order);
        long version = versions.merge(order, 1L, Long::sum);
        byte[] state = type.equals("order:created") ? event.data() : null;
        if (state == null) {
            states.remove(order);
        } else {
            states.put(order, new EntitySnapshot.Entity(ref, version, state));
        }
        String ownerNow = state == null ? null : owner;
        String ownerBefore = ownerNow == null ? owners.remove(order) : owners.put(order, ownerNow);
        String lost = ownerBefore == null || ownerBefore.equals(ownerNow) ? null : ownerBefore;
        String before = was == null
                ? null
                : Json.text(Json.diff(state == null ? Json.parse("{}") : Json.parse(state), Json.parse(was.state())));
        Position position = new Position(epoch, offset);
        // History has no states.
        events.add(new CommittedEvent(event, position, version, null, null, lost));
        bus.publish(
                Addresses.shard(Addresses.shardOf(STREAM)),
                new CommittedBatch(List.of(new CommittedEvent(event, position, version, state, before, lost))));
    }

    synchronized CommittedEvent last() {
        return events.get(events.size() - 1);
    }

    private synchronized Future<EntitySnapshot> state(EntitySnapshotQuery query) {
        List<EntitySnapshot.Entity> seen = states.values().stream()
                .filter(entity -> isSeen(entity, query.view()))
                .toList();
        Position head = events.isEmpty() ? Position.EMPTY : new Position(epoch, events.size());
        stateReads = stateReads + 1;
        // The entities that changed last are sent, in one message.
        return stateGate.map(new EntitySnapshot(
                STREAM,
                head,
                seen.subList(Math.max(0, seen.size() - query.limit()), seen.size()),
                seen.size() <= query.limit()));
    }

    private static boolean isSeen(EntitySnapshot.Entity entity, EntitySnapshotQuery.@Nullable View view) {
        String kind = entity.ref().kind();
        return view == null
                || view.all().contains(kind)
                || (view.own().contains(kind)
                        && view.user()
                                .equals(Json.parse(entity.state())
                                        .path("customerId")
                                        .asText()));
    }

    private synchronized Future<PositionAtTime> moment(PositionAtTimeQuery query) {
        long before = events.stream()
                .filter(event -> event.event().timeMicros() < query.micros())
                .count();
        return Future.succeededFuture(new PositionAtTime(new Position(epoch, before), true));
    }

    private synchronized Future<EntityState> entity(EntityQuery query) {
        EntitySnapshot.Entity entity = states.get(query.entity().id());
        entityReads = entityReads + 1;
        return entityGate.map(new EntityState(
                query.entity(),
                entity == null ? 0 : entity.version(),
                entity == null ? null : entity.state(),
                new Position(epoch, events.size()),
                EntityState.Level.DATABASE));
    }

    private Future<HistoryPage> history(HistoryQuery query) {
        HistoryPage page = page(query);
        Map.Entry<Integer, Future<Void>> numbered = gates.floorEntry(reads);
        return (numbered == null ? gate : numbered.getValue()).map(open -> page);
    }

    private synchronized HistoryPage page(HistoryQuery query) {
        if (!query.stream().equals(STREAM)) {
            return new HistoryPage(query.stream(), Position.NO_EPOCH, 1, 0, List.of());
        }
        reads = reads + 1;
        int head = events.size();
        long after = query.last() ? head - query.limit() : query.after();
        int from = (int) Math.min(head, Math.max(after, forgotten));
        List<CommittedEvent> found = List.copyOf(events.subList(from, Math.min(head, from + query.limit())));
        return new HistoryPage(query.stream(), head == 0 ? Position.NO_EPOCH : epoch, forgotten + 1, head, found);
    }

    private synchronized Future<Heads> heads() {
        return Future.succeededFuture(
                new Heads(events.isEmpty() ? List.of() : List.of(new Heads.Head(STREAM, epoch, events.size()))));
    }

    private static Event event(String id, String owner, int bytes) {
        return event(id, "order:created", owner, null, "{\"remarks\":\"" + "x".repeat(bytes) + "\"}");
    }

    private static Event event(
            String id, String type, @Nullable String owner, @Nullable EntityRef entity, String data) {
        return Event.builder(id, type, "tests")
                .timeMicros(Long.parseLong(id) * 1_000_000)
                .priority(Priority.HIGH)
                .data(data.getBytes(StandardCharsets.UTF_8))
                .stream(STREAM)
                .owner(owner)
                .entity(entity)
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
    }
}
