package io.millrace.router;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.Event;
import io.millrace.contracts.Outcome;
import io.millrace.platform.Batcher;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/**
 * Ordinary events that Kafka doesn't take go to the commit, while there is capacity. One that Kafka has all the same,
 * although its answer never came, is found to be a repeat. What was queued before Kafka died comes after what takes the
 * detour; apart from that a stream keeps its order. Owned by the router verticle's event loop.
 */
final class Detour {
    private final int most;
    private final Batcher<Event, Outcome> commit;
    private final Counter refused;
    private volatile int underWay;

    /**
     * @param most events that wait for their commit or are being committed; further ones are refused
     * @param send carries a batch to the commit
     */
    Detour(int most, int batch, MeterRegistry metrics, Function<List<Event>, Future<List<Outcome>>> send) {
        this.most = most;
        // One batch at a time keeps the order from batch to batch.
        this.commit = new Batcher<>("router-detour", new Batcher.Limits(batch, most, 1), metrics, send);
        this.refused = metrics.counter("millrace.router.detour.refused.events");
        metrics.gauge("millrace.router.detour.events", this, Detour::underWay);
    }

    /** How many of so many events there is room for now; the others are refused. */
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

    boolean idle() {
        return commit.idle();
    }

    /** From any thread. */
    private int underWay() {
        return underWay;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop writes; any thread reads
    private void moves(int more) {
        underWay += more;
    }
}
