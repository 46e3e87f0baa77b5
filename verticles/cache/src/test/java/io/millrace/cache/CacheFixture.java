package io.millrace.cache;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.entity.EntityState.Level;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A database of entities, and the commits that change them: what persistence answers and publishes. */
final class CacheFixture {
    private static final String STREAM = "orders";

    private final Bus bus;
    private final Map<EntityRef, EntityState> entities = new ConcurrentHashMap<>();
    private volatile Future<Void> gate = Future.succeededFuture();
    private volatile int reads;
    private final List<CommittedEvent> events = new CopyOnWriteArrayList<>();
    private volatile String epoch = "k1";

    CacheFixture(Bus bus) throws Exception {
        this.bus = bus;
        RealRedis.done(Future.all(
                bus.serve(Addresses.ENTITY, this::read),
                bus.serve(Addresses.HISTORY, this::history),
                bus.serve(Addresses.HEADS, query -> Future.succeededFuture(new Heads(List.of())))));
    }

    /** How often the database was read. */
    int reads() {
        return reads;
    }

    /** From now on what is read is told when {@code gate} completes. */
    void answersAfter(Future<Void> gate) {
        this.gate = gate;
    }

    /** The next event of an entity is committed; null deletes it. */
    void commit(EntityRef ref, @Nullable String state) {
        EntityState before = entities.get(ref);
        publish(ref, before == null ? 1 : before.version() + 1, state);
    }

    /** The stream is begun anew, and this entity with it. */
    void beginAnew(EntityRef ref, String state) {
        epoch = "k2";
        events.clear();
        publish(ref, 1, state);
    }

    private void publish(EntityRef ref, long version, @Nullable String text) {
        Position position = new Position(epoch, events.size() + 1L);
        byte[] state = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        entities.put(ref, new EntityState(ref, version, state, position, Level.DATABASE));
        CommittedEvent committed = new CommittedEvent(event(ref), position, version, state);
        events.add(committed);
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(committed)));
    }

    private Future<HistoryPage> history(HistoryQuery query) {
        List<CommittedEvent> found = events.stream().skip(query.after()).toList();
        return Future.succeededFuture(new HistoryPage(STREAM, epoch, 1, events.size(), found));
    }

    private Future<EntityState> read(EntityQuery query) {
        count();
        EntityState state = entities.getOrDefault(
                query.entity(), new EntityState(query.entity(), 0, null, Position.EMPTY, Level.DATABASE));
        return gate.map(open -> state);
    }

    private synchronized void count() {
        reads = reads + 1;
    }

    private static Event event(EntityRef ref) {
        return Event.builder("e", "order:created", "tests").timeMicros(1).priority(Priority.HIGH).stream(STREAM)
                .entity(ref)
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
    }
}
