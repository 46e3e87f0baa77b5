package io.millrace.platform;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What persistence answers about streams, from memory. Safe from any thread. */
public final class FakeDatabase {
    private final Map<String, Kept> streams = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();
    private volatile boolean down;
    private volatile int reads;
    private volatile boolean asked;
    private volatile Future<Void> gate = Future.succeededFuture();

    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger asks = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();

    private record Kept(String epoch, long oldest, long head) {}

    public FakeDatabase(Bus bus) throws Exception {
        Future.all(bus.serve(Addresses.HISTORY, this::answer), bus.serve(Addresses.HEADS, this::heads))
                .toCompletionStage()
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }

    /** The stream now holds the offsets from {@code oldest} to {@code head}. */
    public void holds(String stream, String epoch, long oldest, long head) {
        streams.put(stream, new Kept(epoch, oldest, head));
        changed.add(stream);
    }

    public void down(boolean now) {
        down = now;
    }

    /** Pages that were asked for past the beginning. */
    public int reads() {
        return reads;
    }

    /** From now on a page is made at once, and sent when {@code gate} completes. */
    public void answersAfter(Future<Void> gate) {
        this.gate = gate;
    }

    /** How often a page was asked for. */
    public int asks() {
        return asks.get();
    }

    /** The most pages that were asked for at once. */
    public int mostOpen() {
        return mostOpen.get();
    }

    /** Whether a page was asked for. */
    public boolean asked() {
        return asked;
    }

    private Future<HistoryPage> answer(HistoryQuery query) {
        Future<HistoryPage> page = page(query);
        asked = true;
        asks.incrementAndGet();
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        return gate.compose(passed -> page).onComplete(answered -> open.decrementAndGet());
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
        List<CommittedEvent> events = new ArrayList<>();
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
