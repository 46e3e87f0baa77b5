package io.millrace.platform.bus;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.metrics.EnumCounters;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the bus messages that were dropped, and logs one of them a minute. Safe from any thread. */
final class BusMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(BusMetrics.class);
    private static final long LOG_EVERY_NS = 60_000_000_000L;

    private enum Reason {
        /** The message has no MAC of this cluster's key, or can't be decoded. */
        FORGED,
        /** The message comes from a node of a release that this one doesn't read. */
        UNKNOWN_VERSION,
        /** The message is of a type that the address doesn't accept. */
        WRONG_TYPE
    }

    private final EnumCounters<Reason> counters;
    private final AtomicLong loggedNs = new AtomicLong(System.nanoTime() - LOG_EVERY_NS);

    BusMetrics(MeterRegistry metrics) {
        counters = new EnumCounters<>("millrace.bus.refused.messages", "reason", Reason.class, metrics);
    }

    /**
     * @param body the decoded body
     */
    void count(String address, @Nullable Object body) {
        Reason reason = body == BusCodec.Unreadable.FORGED
                ? Reason.FORGED
                : body == BusCodec.Unreadable.UNKNOWN_VERSION ? Reason.UNKNOWN_VERSION : Reason.WRONG_TYPE;
        counters.increment(reason);
        long now = System.nanoTime();
        long last = loggedNs.get();
        if (now - last >= LOG_EVERY_NS && loggedNs.compareAndSet(last, now)) {
            LOG.warn("dropped a message to {} on the event bus: {}", address, reason);
        }
    }
}
