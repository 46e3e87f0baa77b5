package io.millrace.sources.postgres.capture;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** How far a slot is behind the end of its server's log. Written by one event loop. */
final class SlotLag {
    static final long UNKNOWN = -1;

    private volatile long bytes = UNKNOWN;

    SlotLag(String source, MeterRegistry metrics) {
        Gauge.builder("millrace.source.lag.bytes", this, lag -> lag.bytes == UNKNOWN ? Double.NaN : lag.bytes)
                .description("how much of its server's log a source's slot holds back; NaN while that is unknown")
                .tag("source", source)
                .strongReference(true)
                .register(metrics);
    }

    void set(long now) {
        bytes = now;
    }
}
