package io.millrace.router.path;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.event.Outcome;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.router.path.EventRouter.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Counts the outcomes of events on each path: {@code millrace_router_events_total}. Owned by the router's event loop.
 */
public final class RouterMetrics {
    private final Map<Path, EnumCounters<Outcome.Status>> events = new EnumMap<>(Path.class);

    public RouterMetrics(MeterRegistry metrics) {
        for (Path path : Path.values()) {
            String name = path.name().toLowerCase(Locale.ROOT);
            events.put(
                    path,
                    new EnumCounters<>(
                            "millrace.router.events",
                            "outcome",
                            Outcome.Status.class,
                            Outcome.Status::wire,
                            Tags.of("path", name),
                            metrics));
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
        Objects.requireNonNull(events.get(path)).of(status).increment(number);
    }
}
