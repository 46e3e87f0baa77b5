package io.millrace.ingest.intake;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.ingest.IngestSettings;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.platform.resilience.BatchSplitter;
import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Sends events to the router in batches, which the later stages batch again. One for each event loop, which owns it. */
final class RouterBatches {
    /** How many batches may be in progress. */
    private static final int UNDER_WAY = 8;

    private final IngestSettings settings;
    private final DomainModel domains;
    /** The batcher of urgent events: while their commits are slow, ordinary events still reach the queue. */
    private final Batcher<Event, Outcome> urgent;

    private final Batcher<Event, Outcome> ordinary;
    /** The batchers by handler, so that only events of a slow handler wait for it. */
    private final Map<String, Batcher<Event, Outcome>> handled = new HashMap<>();

    /** @param way the way in, for the metrics */
    RouterBatches(String way, IngestSettings settings, NodeContext node) {
        this.settings = settings;
        this.domains = node.domains();
        Batcher.Limits batches = new Batcher.Limits(settings.batch(), settings.waiting(), UNDER_WAY);
        this.urgent = batcher("ingest-" + way + "-urgent", batches.urgent(), node);
        this.ordinary = batcher("ingest-" + way + "-ordinary", batches, node);
        for (EventType type : domains.types()) {
            String handler = type.handler();
            if (handler != null) {
                handled.computeIfAbsent(handler, name -> batcher("ingest-" + way + "-" + name, batches.urgent(), node));
            }
        }
    }

    private static Batcher<Event, Outcome> batcher(String name, Batcher.Limits limits, NodeContext node) {
        return new Batcher<>(name, limits, node.metrics(), event -> event.data().length, events -> node.bus()
                .request(Addresses.ROUTE, new EventBatch(events))
                .map(Outcomes::outcomes));
    }

    /** Sends the events of each path in their order, the paths at once; completes with an outcome for each, in order. */
    Future<List<Outcome>> send(List<Event> events) {
        return BatchSplitter.send(events, this::pathOf, this::sendInOrder);
    }

    /** As {@link #send}, and no event is overtaken by one behind it, whatever their paths. */
    Future<List<Outcome>> sendInTurn(List<Event> events) {
        return inParts(events, rest -> {
            Batcher<Event, Outcome> path = pathOf(rest.get(0));
            int end = 1;
            // A handler takes the events of a batch at once, so each is a batch of its own.
            while (end < rest.size() && !handled.containsValue(path) && pathOf(rest.get(end)) == path) {
                end++;
            }
            return sendInOrder(path, rest.subList(0, end));
        });
    }

    private Batcher<Event, Outcome> pathOf(Event event) {
        EventType type = handled.isEmpty() ? null : domains.type(event.type());
        String handler = type == null ? null : type.handler();
        Batcher<Event, Outcome> waiting = handler == null ? null : handled.get(handler);
        return waiting != null ? waiting : event.priority().urgent() ? urgent : ordinary;
    }

    /** Sends one part after the other: consumers of an address take turns, so that parts could overtake each other. */
    private Future<List<Outcome>> sendInOrder(Batcher<Event, Outcome> path, List<Event> events) {
        return inParts(events, rest -> {
            List<Event> part = rest.subList(0, Math.min(rest.size(), settings.batch()));
            return path.addAll(part).otherwise(error -> Outcome.failed(part, error));
        });
    }

    /**
     * Sends parts one after the other, until an event has to be sent again: then those behind it have to, too.
     *
     * @param first sends some of the events, the first ones
     */
    private static Future<List<Outcome>> inParts(
            List<Event> events, Function<List<Event>, Future<List<Outcome>>> first) {
        List<Outcome> all = new ArrayList<>(events.size());
        return AsyncLoop.run(() -> first.apply(events.subList(all.size(), events.size()))
                        .map(outcomes -> {
                            all.addAll(outcomes);
                            MillraceException again = mustBeSentAgain(outcomes);
                            if (again != null) {
                                all.addAll(Outcome.failed(events.subList(all.size(), events.size()), again));
                            }
                            return all.size() < events.size();
                        }))
                .map(all);
    }

    private static @Nullable MillraceException mustBeSentAgain(List<Outcome> outcomes) {
        for (Outcome outcome : outcomes) {
            Failure failure = outcome.failure();
            if (failure != null && failure.retryable()) {
                return new MillraceException(failure, "an event before it has to be sent again: " + outcome.message());
            }
        }
        return null;
    }

    boolean idle() {
        return urgent.idle() && ordinary.idle() && handled.values().stream().allMatch(Batcher::idle);
    }
}
