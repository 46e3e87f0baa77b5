package io.millrace.sources.intake;

import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.EventPublishing;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Publishes the events of sources, each source's in order. Belongs to one event loop. */
public final class EventPublisher {
    private final Bus bus;
    private final SourceMetrics metrics;
    private final long maxBytes;

    public EventPublisher(NodeContext node, SourceMetrics metrics) {
        this.maxBytes = node.maxBody();
        this.bus = node.bus();
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
     * Publishes events in their order. An event that is refused doesn't stop those behind it.
     *
     * @param mayGoOn asked before each request
     * @return completes when each is stored, queued or refused for good; fails with the first failure after which the same
     *     events may be sent again
     */
    public Future<List<Published>> publish(Source source, List<MappedEvent> events, BooleanSupplier mayGoOn) {
        return publish(source, events, new ArrayList<>(), mayGoOn);
    }

    private Future<List<Published>> publish(
            Source source, List<MappedEvent> events, List<Published> done, BooleanSupplier mayGoOn) {
        if (done.size() == events.size()) {
            return Future.succeededFuture(done);
        }
        if (!mayGoOn.getAsBoolean()) {
            return Future.failedFuture(stopped());
        }
        List<MappedEvent> part = part(events, done.size());
        return EventPublishing.publish(
                        bus,
                        source.publisher(),
                        part.stream().map(MappedEvent::json).toList())
                .recover(error -> refusedForGood(part, MillraceException.of(error)))
                .onFailure(error -> metrics.event(
                        source, MillraceException.of(error).failure().code()))
                .compose(outcomes -> {
                    MillraceException later = add(source, part, outcomes, done);
                    return later == null ? publish(source, events, done, mayGoOn) : Future.failedFuture(later);
                });
    }

    /** A request that would be refused again in the same way is that of its events: one of them may be too large. */
    private static Future<List<Outcome>> refusedForGood(List<MappedEvent> part, MillraceException why) {
        boolean again = why.failure().retryable() || why.failure() == Failure.INTERNAL;
        return again
                ? Future.failedFuture(why)
                : Future.succeededFuture(part.stream()
                        .map(event -> Outcome.failed(event.id(), why))
                        .toList());
    }

    /** Adds what became of a part; returns the first failure after which it has to be sent again. */
    private @Nullable MillraceException add(
            Source source, List<MappedEvent> part, List<Outcome> outcomes, List<Published> done) {
        MillraceException later = null;
        for (int i = 0; i < part.size(); i++) {
            Outcome outcome = outcomes.get(i);
            Published published = published(part.get(i), outcome);
            MillraceException refused = published.refused();
            metrics.event(
                    source,
                    refused == null
                            ? outcome.status().wire()
                            : refused.failure().code());
            if (later == null && refused != null && refused.failure().retryable()) {
                later = refused;
            }
            done.add(published);
        }
        return later;
    }

    /** Why nothing more is sent. */
    static MillraceException stopped() {
        return new MillraceException(Failure.UNAVAILABLE, "this node doesn't run the source any more");
    }

    /** As many events as one request may have. */
    private List<MappedEvent> part(List<MappedEvent> events, int from) {
        int to = from;
        long bytes = 0;
        while (to < events.size() && to - from < PublishRequest.MAX_EVENTS) {
            bytes += events.get(to).json().length;
            if (bytes > maxBytes && to > from) {
                break;
            }
            to++;
        }
        return events.subList(from, to);
    }

    private static Published published(MappedEvent event, Outcome outcome) {
        return outcome.failure() == null
                ? new Published(event, outcome, null)
                : new Published(
                        event,
                        null,
                        new MillraceException(outcome.failure(), String.valueOf(outcome.message()), outcome.details()));
    }
}
