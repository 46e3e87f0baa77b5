package io.millrace.broadcast;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.CommittedBatch;
import io.millrace.contracts.Event;
import io.millrace.contracts.Heads;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.millrace.platform.Bus;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One stream in memory: what persistence keeps of it, answers and publishes. Safe from any thread. */
final class StreamStore {
    static final String STREAM = "orders";
    private static final String EPOCH = "k1";

    private final Bus bus;
    private final List<Committed> events = new ArrayList<>();
    private volatile Future<Void> gate = Future.succeededFuture();
    private volatile int reads;

    StreamStore(Bus bus) throws Exception {
        this.bus = bus;
        Future.all(bus.serve(Addresses.HISTORY, this::history), bus.serve(Addresses.HEADS, query -> heads()))
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    /** How often history was asked. */
    int reads() {
        return reads;
    }

    /** From now on a page is made at once, and sent when {@code gate} completes. */
    void answersAfter(Future<Void> gate) {
        this.gate = gate;
    }

    /** So many events of nobody's are committed, each named by its offset. */
    void commit(int count) {
        for (int i = 0; i < count; i++) {
            commit("nobody", 10);
        }
    }

    /** An order of that customer is committed, with so many bytes of remarks. */
    synchronized void commit(String owner, int bytes) {
        long offset = events.size() + 1L;
        Committed committed = new Committed(event("" + offset, owner, bytes), new Position(EPOCH, offset), 0, null);
        events.add(committed);
        bus.publish(Addresses.shard(Addresses.shardOf(STREAM)), new CommittedBatch(List.of(committed)));
    }

    private Future<HistoryPage> history(HistoryQuery query) {
        HistoryPage page = page(query);
        return gate.map(open -> page);
    }

    private synchronized HistoryPage page(HistoryQuery query) {
        reads = reads + 1;
        int head = events.size();
        int from = query.last() ? Math.max(0, head - query.limit()) : (int) Math.min(head, query.after());
        List<Committed> found = List.copyOf(events.subList(from, Math.min(head, from + query.limit())));
        return new HistoryPage(query.stream(), head == 0 ? Position.NO_EPOCH : EPOCH, 1, head, found);
    }

    private synchronized Future<Heads> heads() {
        return Future.succeededFuture(
                new Heads(events.isEmpty() ? List.of() : List.of(new Heads.Head(STREAM, EPOCH, events.size()))));
    }

    private static Event event(String id, String owner, int bytes) {
        String data = "{\"remarks\":\"" + "x".repeat(bytes) + "\"}";
        return new Event(
                id,
                "order:created",
                "tests",
                1,
                Priority.HIGH,
                data.getBytes(StandardCharsets.UTF_8),
                "{}".getBytes(StandardCharsets.UTF_8),
                0,
                Event.ANY_VERSION,
                null,
                null,
                STREAM,
                owner,
                null,
                "u",
                1);
    }
}
