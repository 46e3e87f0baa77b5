package io.millrace.sources.publish;

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
        List<MappedEvent> part = part(events, done.size());
        return EventPublishing.publish(
                        bus,
                        source.publisher(),
                        part.stream().map(MappedEvent::json).toList())
                .recover(error -> refuseAll(part, MillraceException.of(error)))
                .onFailure(error -> metrics.event(
                        source, MillraceException.of(error).failure().code()))
                .compose(outcomes -> {
                    MillraceException later = null;
                    for (int i = 0; i < part.size(); i++) {
                        Published published = published(part.get(i), outcomes.get(i));
                        MillraceException refused = published.refused();
                        metrics.event(
                                source,
                                refused == null
                                        ? outcomes.get(i).status().wire()
                                        : refused.failure().code());
                        if (later == null && refused != null && mayRepeat(refused.failure())) {
                            later = refused;
                        }
                        done.add(published);
                    }
                    return later == null ? publish(source, events, done) : Future.failedFuture(later);
                });
    }

    /** What is refused as a whole for good, like an event that is larger than a request, isn't sent again either. */
    private static Future<List<Outcome>> refuseAll(List<MappedEvent> part, MillraceException why) {
        return mayRepeat(why.failure())
                ? Future.failedFuture(why)
                : Future.succeededFuture(part.stream()
                        .map(event -> Outcome.failed(event.id(), why))
                        .toList());
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

    /** Whether the same message may be taken later. */
    static boolean mayRepeat(Failure failure) {
        return failure.retryable() || failure == Failure.INTERNAL;
    }
}
