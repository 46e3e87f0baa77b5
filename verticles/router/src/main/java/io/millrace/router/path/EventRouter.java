package io.millrace.router.path;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.bus.ShardPublisher;
import io.millrace.platform.resilience.BatchSplitter;
import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides each event's path: {@code high} and {@code critical} events are committed now, others are queued in Kafka, or
 * take the {@link DirectFallback} while Kafka is unavailable; transient events are only broadcast. Owned by the router
 * verticle's event loop.
 */
public final class EventRouter {
    private static final Logger LOG = LoggerFactory.getLogger(EventRouter.class);

    private final ShardPublisher shards;
    private final DomainModel domains;
    private final Clock clock;
    private final Batcher<Event, Outcome> direct;
    private final Batcher<Event, Outcome> queue;
    private final DirectFallback fallback;
    private final Batcher<Event, Outcome> dropped;
    private final RouterMetrics meters;

    /** @param dropped records expired events */
    public EventRouter(
            Bus bus,
            DomainModel domains,
            Clock clock,
            Batcher<Event, Outcome> direct,
            Batcher<Event, Outcome> queue,
            DirectFallback fallback,
            Batcher<Event, Outcome> dropped,
            RouterMetrics meters) {
        this.shards = new ShardPublisher(bus);
        this.domains = domains;
        this.clock = clock;
        this.direct = direct;
        this.queue = queue;
        this.fallback = fallback;
        this.dropped = dropped;
        this.meters = meters;
    }

    enum Path {
        EXPIRED,
        TRANSIENT,
        DIRECT,
        QUEUE,
        FALLBACK
    }

    /** Routes events; completes with one outcome for each, in order. */
    public Future<Outcomes> route(EventBatch batch) {
        long nowMicros = Micros.of(clock.instant());
        return BatchSplitter.send(batch.events(), event -> path(event, nowMicros), this::route)
                .map(Outcomes::new);
    }

    private Path path(Event event, long nowMicros) {
        if (event.expired(nowMicros)) {
            return Path.EXPIRED;
        }
        EventType type = domains.type(event.type());
        if (type != null && !type.durable()) {
            return Path.TRANSIENT;
        }
        return event.priority().urgent() ? Path.DIRECT : Path.QUEUE;
    }

    private Future<List<Outcome>> route(Path path, List<Event> events) {
        Future<List<Outcome>> taken = send(path, events)
                .onSuccess(outcomes -> meters.count(path, outcomes))
                .onFailure(error -> meters.refused(path, events.size()));
        return path != Path.QUEUE
                ? taken
                : taken.otherwise(error -> Outcome.failed(events, error))
                        .compose(outcomes -> fallback(events, outcomes));
    }

    private Future<List<Outcome>> send(Path path, List<Event> events) {
        return switch (path) {
            case EXPIRED -> expire(events);
            case TRANSIENT -> broadcast(events);
            case DIRECT -> direct.addAll(events);
            case QUEUE -> queue.addAll(events);
            case FALLBACK -> fallback.addAll(events);
        };
    }

    /**
     * Sends the events that the queue didn't take to the fallback, as many as there is room for, the first ones first.
     */
    private Future<List<Outcome>> fallback(List<Event> events, List<Outcome> queued) {
        int[] stranded = IntStream.range(0, queued.size())
                .filter(i -> queued.get(i).failure() == Failure.UNAVAILABLE)
                .toArray();
        int taken = fallback.room(stranded.length);
        if (taken == 0) {
            return Future.succeededFuture(queued);
        }
        List<Event> part =
                IntStream.range(0, taken).mapToObj(i -> events.get(stranded[i])).toList();
        return route(Path.FALLBACK, part)
                .otherwise(error -> Outcome.failed(part, error))
                .map(answers -> {
                    List<Outcome> outcomes = new ArrayList<>(queued);
                    for (int i = 0; i < taken; i++) {
                        outcomes.set(stranded[i], answers.get(i));
                    }
                    return outcomes;
                });
    }

    /** The sender doesn't wait for the record of the drop, and isn't refused if that fails. */
    private Future<List<Outcome>> expire(List<Event> events) {
        dropped.addAll(events)
                .onFailure(error -> LOG.debug("could not record {} expired events", events.size(), error));
        return Future.succeededFuture(all(Outcome.Status.EXPIRED, events));
    }

    private Future<List<Outcome>> broadcast(List<Event> events) {
        shards.publish(events.stream().map(CommittedEvent::transientEvent).toList());
        return Future.succeededFuture(all(Outcome.Status.SENT, events));
    }

    private static List<Outcome> all(Outcome.Status status, List<Event> events) {
        return events.stream().map(event -> Outcome.of(status, event)).toList();
    }
}
