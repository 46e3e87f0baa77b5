package io.millrace.broadcast.outbound;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.failure.Failure;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Counts refused requests by reason, and closed connections by close code. */
public final class CloseMetrics {
    private final Map<Failure, Counter> refused = new EnumMap<>(Failure.class);
    private final Map<CloseCode, Counter> closed = new EnumMap<>(CloseCode.class);

    public CloseMetrics(MeterRegistry metrics) {
        for (Failure failure : Failure.values()) {
            refused.put(failure, metrics.counter("millrace.broadcast.refused", "reason", failure.code()));
        }
        for (CloseCode code : CloseCode.values()) {
            closed.put(code, metrics.counter("millrace.broadcast.closed", "code", "" + code.code()));
        }
    }

    public void refused(Failure failure) {
        Objects.requireNonNull(refused.get(failure)).increment();
    }

    public void closed(CloseCode code) {
        Objects.requireNonNull(closed.get(code)).increment();
    }
}
