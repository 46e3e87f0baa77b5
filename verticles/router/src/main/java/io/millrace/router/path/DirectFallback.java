package io.millrace.router.path;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/**
 * Commits ordinary events directly while Kafka is unavailable, as long as there is capacity. An event that Kafka stored
 * although its acknowledgement was lost is later found to be a duplicate. Events that were queued before Kafka failed
 * are committed after those of the fallback; otherwise a stream keeps its order. Owned by the router verticle's event
 * loop.
 */
public final class DirectFallback {
    private final int most;
    private final Batcher<Event, Outcome> commit;
    private final Counter refused;
    private volatile int underWay;

    /**
     * @param most how many events may be in progress; further ones are refused
     * @param send sends a batch to the commit
     */
    public DirectFallback(
            int most, int batch, MeterRegistry metrics, Function<List<Event>, Future<List<Outcome>>> send) {
        this.most = most;
        // One batch at a time keeps the order from batch to batch.
        this.commit = new Batcher<>(
                "router-fallback", new Batcher.Limits(batch, most, 1), metrics, event -> event.data().length, send);
        this.refused = metrics.counter("millrace.router.fallback.refused.events");
        metrics.gauge("millrace.router.fallback.events", this, DirectFallback::underWay);
        metrics.gauge("millrace.router.fallback.limit.events", this, fallback -> fallback.most);
    }

    /** How many of these events there is room for now; the others are refused. */
    int room(int events) {
        int room = Math.min(events, most - underWay);
        if (room < events) {
            refused.increment(events - room);
        }
        return room;
    }

    /** Commits events that there is {@link #room} for. */
    Future<List<Outcome>> addAll(List<Event> events) {
        moves(events.size());
        return commit.addAll(events).onComplete(done -> moves(-events.size()));
    }

    public boolean idle() {
        return commit.idle();
    }

    /** The number of events in progress. Safe from any thread. */
    private int underWay() {
        return underWay;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop writes; any thread reads
    private void moves(int more) {
        underWay += more;
    }
}
