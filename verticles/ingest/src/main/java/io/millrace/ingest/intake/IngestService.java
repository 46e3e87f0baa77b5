package io.millrace.ingest.intake;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.ingest.IngestSettings;
import io.millrace.ingest.parse.CloudEvents;
import io.millrace.ingest.parse.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.EntityVisibility;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The common part of all ways in: limits, validation, and batches to the router. One for each event loop, which owns
 * its state.
 */
public final class IngestService {
    private final IngestSettings settings;
    private final DomainModel domains;
    private final EventValidator checks;
    private final RouterBatches router;
    private final PublishingLimits limits;
    private final EnumCounters<Outcome.Status> outcomes;
    private final EnumCounters<Failure> refusals;
    private final Timer latency;
    private final Tracing tracing;
    private long bytesTaken;

    /**
     * @param way the way in, for the metrics
     * @param limits shared by all of the node
     */
    public IngestService(String way, IngestSettings settings, NodeContext node, PublishingLimits limits) {
        this.limits = limits;
        this.settings = settings;
        this.domains = node.domains();
        this.tracing = node.tracing();
        this.checks = new EventValidator(domains, Clock.systemUTC(), settings.future());
        this.router = new RouterBatches(way, settings, node);
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

    /** In which order the events of a request are committed. */
    public enum Order {
        /** Each path's: an urgent event doesn't wait for ordinary ones, nor any for a handler of others. */
        BY_PATH,
        /** Theirs: a source repeats its messages from the first that failed. */
        STRICT
    }

    /**
     * Takes the raw events of one request; completes with an outcome for each, in order. An invalid event fails alone.
     *
     * @param bytes the bytes of the request, counted against the limit until the answer
     * @return fails as a whole only if no event was taken: {@link Failure#RATE_LIMITED}, {@link Failure#OVERLOADED}
     */
    public Future<List<Outcome>> submit(List<RawEvent> drafts, Principal publisher, int bytes, Order order) {
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
                .compose(taken -> dispatch(drafts, publisher, order))
                .onComplete(done -> {
                    bytesTaken -= bytes;
                    latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                });
    }

    private Future<List<Outcome>> dispatch(List<RawEvent> drafts, Principal publisher, Order order) {
        Outcome[] results = new Outcome[drafts.size()];
        @Nullable Event[] events = new @Nullable Event[drafts.size()];
        List<Event> checked = new ArrayList<>(results.length);
        IngestSpans spans = new IngestSpans(tracing);
        for (int i = 0; i < results.length; i++) {
            RawEvent draft = drafts.get(i);
            try {
                Event event = checks.check(draft, publisher);
                checked.add(event);
                events[i] = event;
            } catch (MillraceException refused) {
                spans.refused(draft, refused);
                results[i] = failed(draft, draft.attributes.isEmpty() ? refused : CloudEvents.renamed(refused));
            }
        }
        refuseSources(drafts, publisher, results, events, checked);
        List<Event> going = spans.begin(events, checked);
        Future<List<Outcome>> sent = going.isEmpty()
                ? Future.succeededFuture(List.of())
                : order == Order.STRICT ? router.sendInTurn(going) : router.send(going);
        return sent.map(outcomes -> together(results, events, outcomes))
                .onComplete(spans::end)
                .map(all -> counted(hidePositions(results, events, publisher)));
    }

    private static List<Outcome> together(Outcome[] results, @Nullable Event[] events, List<Outcome> sent) {
        Iterator<Outcome> next = sent.iterator();
        for (int i = 0; i < results.length; i++) {
            if (events[i] != null) {
                results[i] = next.next();
            }
        }
        return List.of(results);
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
        return bytesTaken == 0 && router.idle();
    }
}
