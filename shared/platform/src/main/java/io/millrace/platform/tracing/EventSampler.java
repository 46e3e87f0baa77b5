package io.millrace.platform.tracing;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides which events are traced: those whose senders record the trace, and one of so many of those that belong to none;
 * but never more in a second than the operator permits, whatever senders ask for. Safe from any thread.
 */
final class EventSampler {
    private final int every;
    private final double tokenNanos;
    private final LongSupplier nanos;
    /** When the bucket was, or will be, full again: the generic cell rate algorithm, with a burst of a second. */
    private double fullAt;

    /** The decision about an event. */
    enum Decision {
        SAMPLED,
        /** It would be traced, if there were fewer. */
        LIMITED,
        UNSAMPLED
    }

    /**
     * @param every one of so many events without a trace is sampled; 0 for none
     * @param rate the most sampled events a second, as many again in a burst
     * @param nanos a monotonic clock
     */
    EventSampler(int every, int rate, LongSupplier nanos) {
        this.every = every;
        this.tokenNanos = (double) TimeUnit.SECONDS.toNanos(1) / rate;
        this.nanos = nanos;
        this.fullAt = nanos.getAsLong();
    }

    /** @param from the trace of the event; null if it belongs to none */
    Decision decide(@Nullable TraceParent from) {
        boolean wanted = from == null ? every > 0 && ThreadLocalRandom.current().nextInt(every) == 0 : from.sampled();
        return !wanted ? Decision.UNSAMPLED : take() ? Decision.SAMPLED : Decision.LIMITED;
    }

    private synchronized boolean take() {
        long now = nanos.getAsLong();
        double full = Math.max(fullAt, now) + tokenNanos;
        if (full - now > TimeUnit.SECONDS.toNanos(1)) {
            return false;
        }
        fullAt = full;
        return true;
    }
}
