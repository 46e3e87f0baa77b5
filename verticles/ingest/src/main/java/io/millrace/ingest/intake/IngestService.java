package io.millrace.ingest.intake;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.read.CloudEvents;
import io.millrace.ingest.read.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.EntityVisibility;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.BatchSplitter;
import io.millrace.platform.resilience.Batcher;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The common part of all ways in: limits, validation, and batches to the router. One for each event loop, which owns
 * its state.
 */
public final class IngestService {
    /** How many batches to the router may be in progress; the later stages batch their events again. */
    private static final int UNDER_WAY = 8;

    private final IngestSettings settings;
    private final DomainModel domains;
    private final EventValidator checks;
    /** The batcher of urgent events: while their commits are slow, ordinary events still reach the queue. */
    private final Batcher<Event, Outcome> urgent;

    private final Batcher<Event, Outcome> ordinary;
    /** The batchers by handler, so that only events of a slow handler wait for it. */
    private final Map<String, Batcher<Event, Outcome>> handled = new HashMap<>();

    private final PublishingLimits limits;
    private final EnumCounters<Outcome.Status> outcomes;
    private final EnumCounters<Failure> refusals;
    private final Timer latency;
    private long bytesTaken;

    /**
     * @param way the way in, for the metrics
     * @param limits shared by all of the node
     */
    public IngestService(String way, IngestSettings settings, NodeContext node, PublishingLimits limits) {
        this.limits = limits;
        this.settings = settings;
        this.domains = node.domains();
        this.checks = new EventValidator(domains, Clock.systemUTC(), settings.future());
        Batcher.Limits batches = new Batcher.Limits(settings.batch(), settings.waiting(), UNDER_WAY);
        this.urgent = batcher("ingest-" + way + "-urgent", batches.urgent(), node);
        this.ordinary = batcher("ingest-" + way + "-ordinary", batches, node);
        for (EventType type : domains.types()) {
            String handler = type.handler();
            if (handler != null) {
                handled.computeIfAbsent(handler, name -> batcher("ingest-" + way + "-" + name, batches.urgent(), node));
            }
        }
        this.latency = Timer.builder("millrace.ingest.request.duration")
                .tag("way", way)
                .publishPercentileHistogram()
                .register(node.metrics());
        this.refusals = new EnumCounters<>(
                "millrace.ingest.refused", "reason", Failure.class, Failure::code, Tags.of("way", way), node.metrics());
        this.outcomes = new EnumCounters<>(
                "millrace.ingest.events",
                "outcome",
                Outcome.Status.class,
                Outcome.Status::wire,
                Tags.empty(),
                node.metrics());
    }

    private static Batcher<Event, Outcome> batcher(String name, Batcher.Limits limits, NodeContext node) {
        return new Batcher<>(name, limits, node.metrics(), event -> event.data().length, events -> node.bus()
                .request(Addresses.ROUTE, new EventBatch(events))
                .map(Outcomes::outcomes));
    }

    /**
     * Takes the raw events of one request; completes with an outcome for each, in order. An invalid event fails alone.
     *
     * @param bytes the bytes of the request, counted against the limit until the answer
     * @return fails as a whole only if no event was taken: {@link Failure#RATE_LIMITED}, {@link Failure#OVERLOADED}
     */
    public Future<List<Outcome>> submit(List<RawEvent> drafts, Principal publisher, int bytes) {
        if (bytesTaken > 0 && bytesTaken + bytes > settings.bytes()) {
            return Future.failedFuture(new MillraceException(
                    Failure.OVERLOADED, bytesTaken + " bytes of events are under way, the most is ingest.bytes.max"));
        }
        try {
            limits.take(publisher, drafts.size());
        } catch (MillraceException tooMany) {
            return Future.failedFuture(tooMany);
        }
        bytesTaken += bytes;
        long start = System.nanoTime();
        return Future.succeededFuture()
                .compose(taken -> dispatch(drafts, publisher))
                .onComplete(done -> {
                    bytesTaken -= bytes;
                    latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                });
    }

    private Future<List<Outcome>> dispatch(List<RawEvent> drafts, Principal publisher) {
        Outcome[] results = new Outcome[drafts.size()];
        @Nullable Event[] events = new @Nullable Event[drafts.size()];
        List<Event> checked = new ArrayList<>(results.length);
        for (int i = 0; i < results.length; i++) {
            try {
                Event event = checks.check(drafts.get(i), publisher);
                checked.add(event);
                events[i] = event;
            } catch (MillraceException refused) {
                RawEvent draft = drafts.get(i);
                results[i] = failed(draft, draft.attributes.isEmpty() ? refused : CloudEvents.renamed(refused));
            }
        }
        refuseSources(drafts, publisher, results, events, checked);
        Future<List<Outcome>> sent = checked.isEmpty()
                ? Future.succeededFuture(List.of())
                : BatchSplitter.send(checked, this::hopOf, this::sendInOrder);
        return sent.map(outcomes -> {
            Iterator<Outcome> next = outcomes.iterator();
            for (int i = 0; i < results.length; i++) {
                if (events[i] != null) {
                    results[i] = next.next();
                }
            }
            return counted(hidePositions(results, events, publisher));
        });
    }

    /** Refuses the events that are beyond the limits of their sources; a single one fails as the whole request would. */
    private void refuseSources(
            List<RawEvent> drafts,
            Principal publisher,
            Outcome[] results,
            @Nullable Event[] events,
            List<Event> checked) {
        Map<String, MillraceException> refused = limits.takeSources(publisher, checked);
        if (refused.isEmpty()) {
            return;
        }
        checked.removeIf(event -> refused.containsKey(event.source()));
        for (int i = 0; i < results.length; i++) {
            Event event = events[i];
            MillraceException tooMany = event == null ? null : refused.get(event.source());
            if (tooMany != null) {
                if (results.length == 1) {
                    throw tooMany;
                }
                results[i] = failed(drafts.get(i), tooMany);
                events[i] = null;
            }
        }
    }

    private Batcher<Event, Outcome> hopOf(Event event) {
        EventType type = handled.isEmpty() ? null : domains.type(event.type());
        String handler = type == null ? null : type.handler();
        Batcher<Event, Outcome> waiting = handler == null ? null : handled.get(handler);
        return waiting != null ? waiting : event.priority().urgent() ? urgent : ordinary;
    }

    /**
     * Sends one part after the other: consumers of an address take turns, so concurrent parts could overtake each
     * other. Behind an event that has to be sent again nothing is sent, so that it isn't overtaken either.
     */
    private Future<List<Outcome>> sendInOrder(Batcher<Event, Outcome> batcher, List<Event> events) {
        int size = Math.min(events.size(), settings.batch());
        List<Event> part = events.subList(0, size);
        Future<List<Outcome>> sent = batcher.addAll(part).otherwise(error -> Outcome.failed(part, error));
        return size == events.size()
                ? sent
                : sent.compose(first -> sendRest(batcher, first, events.subList(size, events.size()))
                        .map(rest ->
                                Stream.concat(first.stream(), rest.stream()).toList()));
    }

    private Future<List<Outcome>> sendRest(Batcher<Event, Outcome> batcher, List<Outcome> before, List<Event> rest) {
        for (Outcome outcome : before) {
            Failure failure = outcome.failure();
            if (failure != null && failure.retryable()) {
                String why = "an event before it has to be sent again: " + outcome.message();
                return Future.succeededFuture(Outcome.failed(rest, new MillraceException(failure, why)));
            }
        }
        return sendInOrder(batcher, rest);
    }

    private static Outcome failed(RawEvent draft, MillraceException refused) {
        return Outcome.failed(draft.id == null || !EventValidator.isId(draft.id) ? "" : draft.id, refused);
    }

    /**
     * Removes the positions of streams that the publisher may not see completely, and the versions of hidden entities.
     */
    private List<Outcome> hidePositions(Outcome[] results, @Nullable Event[] events, Principal publisher) {
        Map<String, Boolean> open = new HashMap<>();
        for (int i = 0; i < results.length; i++) {
            Outcome outcome = results[i];
            Event event = events[i];
            if (outcome.position() != null
                    && !open.computeIfAbsent(
                            String.valueOf(outcome.stream()),
                            stream -> Visibility.isUnrestricted(domains, stream, publisher))) {
                results[i] = outcome.withoutPosition();
            } else if (outcome.version() != Event.ANY_VERSION && event != null && !seesEntity(event, publisher)) {
                results[i] = outcome.withoutVersion();
            }
        }
        return List.of(results);
    }

    /** Whether the publisher may see the entity, whose version reveals the number of its changes. */
    private boolean seesEntity(Event event, Principal publisher) {
        EntityRef ref = event.entity();
        if (ref == null) {
            return false;
        }
        EntityVisibility visibility = EntityVisibility.of(domains, publisher, ref.kind(), ref.stream());
        return visibility.all() || (!visibility.nothing() && publisher.user().equals(event.owner()));
    }

    private List<Outcome> counted(List<Outcome> results) {
        for (Outcome result : results) {
            outcomes.increment(result.status());
            if (result.status() == Outcome.Status.FAILED) {
                refused(PublishResponses.failure(result));
            }
        }
        return results;
    }

    /** Counts a refused event or request. */
    public void refused(Failure why) {
        refusals.increment(why);
    }

    /** Whether no event is in progress, which a draining node waits for. */
    boolean idle() {
        return bytesTaken == 0
                && urgent.idle()
                && ordinary.idle()
                && handled.values().stream().allMatch(Batcher::idle);
    }
}
