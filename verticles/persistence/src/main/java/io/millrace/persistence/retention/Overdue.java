package io.millrace.persistence.retention;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How old the oldest event is, and how long it is past its time, as the sweep that is under way, or the last one, found them.
 * Zero on a node that doesn't sweep. Written by one event loop; read by any thread.
 */
final class Overdue {
    /** A sweep may take this long, with the pauses between its steps. */
    private static final long BEHIND_MS = Duration.ofHours(1).toMillis();

    private volatile long oldestMs;
    private volatile long overdueMs;
    private long foundMs;
    private long leftMs;

    Overdue(MeterRegistry metrics) {
        TimeGauge.builder("millrace.persistence.oldest.event.age", this, TimeUnit.MILLISECONDS, now -> now.oldestMs)
                .register(metrics);
        TimeGauge.builder("millrace.persistence.retention.overdue", this, TimeUnit.MILLISECONDS, now -> now.overdueMs)
                .register(metrics);
    }

    /** A sweep begins. */
    void begin() {
        foundMs = 0;
        leftMs = 0;
    }

    /**
     * The oldest event of a stream.
     *
     * @param pastMs how long it is past its time; negative if it isn't
     */
    void found(long ageMs, long pastMs) {
        foundMs = Math.max(foundMs, ageMs);
        oldestMs = Math.max(oldestMs, foundMs);
        overdueMs = Math.max(overdueMs, pastMs);
    }

    /** Events that are past their time stay for the next sweep. */
    void left(long pastMs) {
        leftMs = Math.max(leftMs, pastMs);
    }

    /**
     * The sweep is over.
     *
     * @return whether it left something
     */
    boolean end() {
        oldestMs = foundMs;
        overdueMs = leftMs;
        return leftMs > 0;
    }

    /** Another node sweeps. */
    void reset() {
        oldestMs = 0;
        overdueMs = 0;
    }

    /** Null while events go in time. */
    @Nullable
    String problem() {
        long past = overdueMs;
        return past < BEHIND_MS
                ? null
                : "events are kept " + Duration.ofMillis(past).toHours()
                        + " h longer than the history of their namespace:"
                        + " they come faster than they are removed, or many were past their time at once. If it doesn't get"
                        + " less, raise persistence.retention.share";
    }
}
