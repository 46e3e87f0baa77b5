package io.millrace.router.path;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.Outcome;
import io.millrace.router.path.EventRouter.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts the outcomes of events on each path: {@code millrace_router_events_total}. Owned by the router's event loop.
 */
public final class RouterMetrics {
    private final Map<Path, Map<Outcome.Status, Counter>> events = new EnumMap<>(Path.class);

    public RouterMetrics(MeterRegistry metrics) {
        for (Path path : Path.values()) {
            Map<Outcome.Status, Counter> counters = new EnumMap<>(Outcome.Status.class);
            for (Outcome.Status status : Outcome.Status.values()) {
                String name = path.name().toLowerCase(Locale.ROOT);
                counters.put(status, metrics.counter("millrace.router.events", "path", name, "outcome", status.wire()));
            }
            events.put(path, counters);
        }
    }

    void count(Path path, List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            add(path, outcome.status(), 1);
        }
    }

    /** Counts a batch that was refused as a whole. */
    void refused(Path path, int number) {
        add(path, Outcome.Status.FAILED, number);
    }

    private void add(Path path, Outcome.Status status, int number) {
        Counter counter = events.getOrDefault(path, Map.of()).get(status);
        if (counter != null) {
            counter.increment(number);
        }
    }
}
