package io.millrace.ingest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.platform.Batcher;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Where all ways in meet: the limits, the checks, and the hop to the router. One for each event loop, which owns its
 * state.
 */
final class Intake {
    /** Batches to the router that may be under way; the stages behind gather them again. */
    private static final int UNDER_WAY = 8;

    private final IngestSettings settings;
    private final EventChecks checks;
    private final Batcher<Event, Outcome> router;
    private final Cache<String, TokenBucket> publishers = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterAccess(Duration.ofMinutes(1))
            .build();
    private final Map<Outcome.Status, Counter> outcomes = new EnumMap<>(Outcome.Status.class);
    private final Timer latency;
    private long bytesTaken;

    /**
     * @param way in, for the metrics
     */
    Intake(String way, IngestSettings settings, Node node) {
        this.settings = settings;
        this.checks = new EventChecks(node.domains(), Clock.systemUTC(), settings.future());
        this.router = new Batcher<>(
                "ingest-" + way,
                new Batcher.Limits(settings.batch(), settings.waiting(), UNDER_WAY),
                node.metrics(),
                events -> node.bus()
                        .request(Addresses.ROUTE, new EventBatch(events))
                        .map(Outcomes::outcomes));
        this.latency = Timer.builder("millrace.ingest.accept.to.answer")
                .tag("way", way)
                .publishPercentileHistogram()
                .register(node.metrics());
        for (Outcome.Status status : Outcome.Status.values()) {
            outcomes.put(status, counter(node.metrics(), status));
        }
    }

    private static Counter counter(MeterRegistry metrics, Outcome.Status status) {
        return metrics.counter("millrace.ingest.events", "outcome", status.wire());
    }

    /**
     * Takes drafts of one request; answers each, in order. A draft that fails its checks fails alone.
     *
     * @param bytes of the request, counted against the bound until it is answered
     * @return fails as a whole only when nothing was taken: {@link Failure#RATE_LIMITED}, {@link Failure#OVERLOADED}
     */
    Future<List<Result>> take(List<Draft> drafts, Principal publisher, int bytes) {
        if (bytesTaken > 0 && bytesTaken + bytes > settings.bytes()) {
            return Future.failedFuture(new MillraceException(
                    Failure.OVERLOADED, bytesTaken + " bytes of events are under way, the most is ingest.bytes.max"));
        }
        TokenBucket bucket = publishers.get(publisher.user(), user -> new TokenBucket(settings.rate()));
        if (!bucket.take(drafts.size(), System.nanoTime())) {
            return Future.failedFuture(new MillraceException(
                    Failure.RATE_LIMITED,
                    "more than " + settings.rate() + " events a second from " + publisher.user()));
        }
        bytesTaken += bytes;
        long start = System.nanoTime();
        return Future.succeededFuture()
                .compose(taken -> carry(drafts, publisher))
                .onComplete(done -> {
                    bytesTaken -= bytes;
                    latency.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
                });
    }

    private Future<List<Result>> carry(List<Draft> drafts, Principal publisher) {
        Result[] results = new Result[drafts.size()];
        List<Event> events = new ArrayList<>(drafts.size());
        int[] index = new int[drafts.size()];
        for (int i = 0; i < results.length; i++) {
            try {
                index[events.size()] = i;
                events.add(checks.check(drafts.get(i), publisher));
            } catch (MillraceException refused) {
                results[i] = failed(drafts.get(i), refused);
            }
        }
        return inParts(events, 0, (i, outcome) -> results[index[i]] = new Result(outcome, List.of()))
                .map(done -> counted(List.of(results)));
    }

    /** One part after the other: consumers of an address take turns, so two parts on their way could overtake. */
    private Future<Void> inParts(List<Event> events, int from, BiConsumer<Integer, Outcome> result) {
        if (from >= events.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(events.size(), from + settings.batch());
        List<Event> part = events.subList(from, to);
        return router.addAll(part).otherwise(error -> refuse(part, error)).compose(answers -> {
            for (int i = 0; i < answers.size(); i++) {
                result.accept(from + i, answers.get(i));
            }
            return inParts(events, to, result);
        });
    }

    private static List<Outcome> refuse(List<Event> events, Throwable error) {
        return events.stream().map(event -> Outcome.failed(event.id(), error)).toList();
    }

    private static Result failed(Draft draft, MillraceException refused) {
        String id = draft.id == null ? "" : draft.id;
        return new Result(Outcome.failed(id, refused.failure(), refused.getMessage()), refused.details());
    }

    private List<Result> counted(List<Result> results) {
        for (Result result : results) {
            Counter counter = outcomes.get(result.outcome().status());
            if (counter != null) {
                counter.increment();
            }
        }
        return results;
    }

    /** Whether nothing is under way: what a draining node waits for. */
    boolean idle() {
        return bytesTaken == 0 && router.idle();
    }

    /**
     * What the sender is told of one event.
     *
     * @param details what exactly was wrong with it, if it was refused
     */
    record Result(Outcome outcome, List<MillraceException.Detail> details) {}
}
