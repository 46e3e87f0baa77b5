package io.millrace.platform.alert;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.millrace.contracts.alert.AlertReport;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How far the clocks of other nodes are from this node's, by the times in their reports. A report only ever arrives late, so
 * the earliest of some is nearest to the truth (as in Cristian, "Probabilistic clock synchronization", 1989). Belongs to one event
 * loop; {@link #seconds} is safe from any thread.
 */
final class ClockSkew {
    /** Reports that are compared: fewer tell nothing yet. */
    private static final int REPORTS = 5;

    private final Map<String, Clock> clocks = new ConcurrentSkipListMap<>();

    private static final class Clock {
        final ArrayDeque<Long> offsets = new ArrayDeque<>();
        long heardNanos;
        volatile @Nullable Long micros;
    }

    /** A node, and how far its clock is ahead; negative if it is behind. */
    record Furthest(String node, double seconds) {}

    void register(MeterRegistry metrics) {
        TimeGauge.builder("millrace.node.clock.skew", this::seconds, TimeUnit.SECONDS)
                .register(metrics);
    }

    /** @param nowMicros this node's time when the report came */
    void hear(AlertReport report, long nowMicros, long nowNanos) {
        long silent = TimeUnit.MILLISECONDS.toNanos(5L * AlertReport.INTERVAL_MS);
        clocks.values().removeIf(clock -> nowNanos - clock.heardNanos > silent);
        if (report.leaving()) {
            clocks.remove(report.node());
            return;
        }
        Clock clock = clocks.computeIfAbsent(report.node(), first -> new Clock());
        clock.heardNanos = nowNanos;
        clock.offsets.add(report.atMicros() - nowMicros);
        if (clock.offsets.size() > REPORTS) {
            clock.offsets.removeFirst();
        }
        if (clock.offsets.size() == REPORTS) {
            clock.micros = Collections.max(clock.offsets);
        }
    }

    /** The node whose clock is furthest from this one's; null if there is none. */
    @Nullable
    Furthest furthest() {
        Furthest furthest = null;
        for (Map.Entry<String, Clock> clock : clocks.entrySet()) {
            Long micros = clock.getValue().micros;
            if (micros != null && (furthest == null || Math.abs(micros) / 1e6 > Math.abs(furthest.seconds()))) {
                furthest = new Furthest(clock.getKey(), micros / 1e6);
            }
        }
        return furthest;
    }

    private double seconds() {
        Furthest furthest = furthest();
        return furthest == null ? 0 : Math.abs(furthest.seconds());
    }
}
