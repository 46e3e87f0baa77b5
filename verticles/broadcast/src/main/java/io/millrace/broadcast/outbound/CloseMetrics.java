package io.millrace.broadcast.outbound;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.failure.Failure;
import io.millrace.platform.metrics.EnumCounters;

/** Counts refused requests by reason, and closed connections by close code. */
public final class CloseMetrics {
    private final EnumCounters<Failure> refused;
    private final EnumCounters<CloseCode> closed;

    public CloseMetrics(MeterRegistry metrics) {
        refused = new EnumCounters<>(
                "millrace.broadcast.refused", "reason", Failure.class, Failure::code, Tags.empty(), metrics);
        closed = new EnumCounters<>(
                "millrace.broadcast.closed", "code", CloseCode.class, code -> "" + code.code(), Tags.empty(), metrics);
    }

    public void refused(Failure failure) {
        refused.increment(failure);
    }

    public void closed(CloseCode code) {
        closed.increment(code);
    }
}
