package io.millrace.sources.publish;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.EventPublishing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Publishes the events of sources, each source's in order. Belongs to one event loop. */
public final class EventPublisher {
    private final Bus bus;
    private final MeterRegistry metrics;

    public EventPublisher(Bus bus, MeterRegistry metrics) {
        this.bus = bus;
        this.metrics = metrics;
    }

    /**
     * What became of an event.
     *
     * @param outcome null if it was refused
     * @param refused null if it was taken
     */
    public record Published(MappedEvent event, @Nullable Outcome outcome, @Nullable MillraceException refused) {}

    /**
     * Publishes events one after the other. An event that is refused doesn't stop those behind it.
     *
     * @return completes when each is stored, queued or refused for good; fails with the first failure after which the same
     *     events may be sent again
     */
    public Future<List<Published>> publish(Source source, List<MappedEvent> events) {
        return publish(source, events, new ArrayList<>());
    }

    private Future<List<Published>> publish(Source source, List<MappedEvent> events, List<Published> done) {
        if (done.size() == events.size()) {
            return Future.succeededFuture(done);
        }
        MappedEvent event = events.get(done.size());
        return EventPublishing.publish(bus, source.publisher(), event.json()).transform(answered -> {
            MillraceException refused = answered.failed() ? MillraceException.of(answered.cause()) : null;
            Outcome outcome = answered.result();
            count(
                    source,
                    refused == null
                            ? outcome.status().wire()
                            : refused.failure().code());
            if (refused != null && mayRepeat(refused.failure())) {
                return Future.failedFuture(refused);
            }
            done.add(new Published(event, outcome, refused));
            return publish(source, events, done);
        });
    }

    /** Whether the same message may be taken later. */
    static boolean mayRepeat(Failure failure) {
        return failure.retryable() || failure == Failure.INTERNAL;
    }

    private void count(Source source, String outcome) {
        Counter.builder("millrace.source.events")
                .description("events of a source, by what became of them or the code with which they were refused")
                .tag("source", source.name())
                .tag("outcome", outcome)
                .register(metrics)
                .increment();
    }
}
