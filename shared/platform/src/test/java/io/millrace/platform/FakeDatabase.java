package io.millrace.platform;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.Failure;
import io.millrace.contracts.Heads;
import io.millrace.contracts.HeadsQuery;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Position;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What persistence answers about streams, from memory. Safe from any thread. */
final class FakeDatabase {
    private final Map<String, Kept> streams = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private volatile boolean down;
    private volatile int reads;
    private volatile boolean asked;
    private volatile Future<Void> gate = Future.succeededFuture();

    private record Kept(String epoch, long oldest, long head) {}

    FakeDatabase(Bus bus) throws Exception {
        Future.all(bus.serve(Addresses.HISTORY, this::answer), bus.serve(Addresses.HEADS, this::heads))
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    /** The stream now holds the offsets from {@code oldest} to {@code head}. */
    void holds(String stream, String epoch, long oldest, long head) {
        streams.put(stream, new Kept(epoch, oldest, head));
        changed.add(stream);
    }

    void down(boolean now) {
        down = now;
    }

    /** Pages that were asked for past the beginning. */
    int reads() {
        return reads;
    }

    /** From now on a page is made at once, and sent when {@code gate} completes. */
    void answersAfter(Future<Void> gate) {
        this.gate = gate;
    }

    /** Whether a page was asked for. */
    boolean asked() {
        return asked;
    }

    private Future<HistoryPage> answer(HistoryQuery query) {
        Future<HistoryPage> page = page(query);
        asked = true;
        return gate.compose(open -> page);
    }

    private synchronized Future<HistoryPage> page(HistoryQuery query) {
        if (down) {
            return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "down"));
        }
        Kept kept = streams.get(query.stream());
        if (kept == null) {
            return Future.succeededFuture(new HistoryPage(query.stream(), Position.NO_EPOCH, 1, 0, List.of()));
        }
        if (!query.last()) {
            reads = reads + 1;
        }
        long after = query.last() ? kept.head - query.limit() : query.after();
        List<Committed> events = new ArrayList<>();
        for (long offset = Math.max(after + 1, kept.oldest);
                offset <= kept.head && events.size() < query.limit();
                offset++) {
            events.add(Samples.committed(query.stream(), kept.epoch, offset));
        }
        return Future.succeededFuture(new HistoryPage(query.stream(), kept.epoch, kept.oldest, kept.head, events));
    }

    /** Of what has changed lately each head is told once, as if time went by very fast. */
    private Future<Heads> heads(HeadsQuery query) {
        if (down) {
            return Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "down"));
        }
        List<Heads.Head> heads = new ArrayList<>();
        streams.forEach((stream, kept) -> {
            if (changed.remove(stream) || query.changedWithinMs() == 0) {
                heads.add(new Heads.Head(stream, kept.epoch, kept.head));
            }
        });
        return Future.succeededFuture(new Heads(heads));
    }
}
