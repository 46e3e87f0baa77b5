package io.millrace.sources.intake;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.sources.intake.EventPublisher.Published;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the messages of outside systems: makes events of them, publishes these, and keeps what can be no event as a dead
 * letter. Belongs to one event loop.
 */
public final class SourceIntake {
    private static final String SKIPPED = "skipped";
    private static final String UNMAPPED = "unmapped";
    private static final int MAX_REASON = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(SourceIntake.class);
    /** Messages of more bytes together are read and mapped on a worker thread. */
    private static final int LARGE = 64 << 10;

    private final Vertx vertx;
    private final Bus bus;
    private final SourceMetrics metrics;
    private final EventPublisher publisher;

    public SourceIntake(NodeContext node, SourceMetrics metrics) {
        this.vertx = node.vertx();
        this.bus = node.bus();
        this.metrics = metrics;
        this.publisher = new EventPublisher(node, metrics);
    }

    /**
     * Takes messages in their order.
     *
     * @param mayGoOn asked before each request to another stage: whether this node may still speak for the source
     * @return completes when each is done with: its events are acknowledged, or it is a dead letter, or counted as one that
     *     no rule is for; fails if the same messages have to be taken again, which doubles nothing
     */
    public Future<Void> take(ConfiguredSource from, List<SourceMessage> messages, BooleanSupplier mayGoOn) {
        Source source = from.source();
        return sorted(from, messages)
                .compose(batch -> publisher
                        .publish(source, batch.events, mayGoOn)
                        .compose(published -> {
                            batch.add(source, published);
                            return keep(batch.dead, mayGoOn);
                        })
                        .onSuccess(kept -> count(source, batch)))
                .onFailure(error -> metrics.failed(source, String.valueOf(error.getMessage())));
    }

    /** Makes events of messages. */
    private Future<Batch> sorted(ConfiguredSource from, List<SourceMessage> messages) {
        long bytes =
                messages.stream().mapToLong(message -> message.record().length).sum();
        return map(bytes, () -> sort(from, messages));
    }

    /** Maps messages: on a worker thread if they are large. */
    private <T> Future<T> map(long bytes, Supplier<T> work) {
        return bytes > LARGE
                ? vertx.executeBlocking(work::get)
                : Future.succeededFuture().map(here -> work.get());
    }

    private static Batch sort(ConfiguredSource from, List<SourceMessage> messages) {
        Batch batch = new Batch();
        messages.forEach(message -> add(from, message, batch));
        return batch;
    }

    private void count(Source source, Batch batch) {
        batch.outcomes.forEach(outcome -> metrics.taken(source, outcome));
        batch.dead.forEach(
                letter -> metrics.refused(source, new MillraceException(letter.failure(), letter.message())));
    }

    private static void add(ConfiguredSource from, SourceMessage message, Batch batch) {
        Source source = from.source();
        try {
            DocumentMapping.Result result = SourceTrace.map(from, message);
            if (!result.events().isEmpty()) {
                int first = batch.events.size();
                batch.events.addAll(result.events());
                batch.mapped.add(new Mapped(message, first, batch.events.size()));
            } else if (result.skipped() == null && source.unmapped() == Source.Unmapped.DEADLETTER) {
                batch.dead.add(report(source, message, noRule(source)));
            } else {
                batch.outcomes.add(result.skipped() == null ? UNMAPPED : SKIPPED);
            }
        } catch (MillraceException unfit) {
            batch.dead.add(report(source, message, unfit));
        } catch (RuntimeException defect) {
            TraceLog.of(
                    SourceTrace.of(message),
                    () -> LOG.error(
                            "source {}: a message that can't be mapped, by a fault of Millrace",
                            source.name(),
                            defect));
            batch.dead.add(report(source, message, MillraceException.of(defect)));
        }
    }

    /** What has become of messages that are taken together, so far. */
    private static final class Batch {
        final List<MappedEvent> events = new ArrayList<>();
        final List<Mapped> mapped = new ArrayList<>();
        final List<DeadLetterReport> dead = new ArrayList<>();
        final List<String> outcomes = new ArrayList<>();

        /** Adds what became of the events. */
        void add(Source source, List<Published> published) {
            for (Mapped each : mapped) {
                MillraceException refused = firstRefusal(published.subList(each.first(), each.end()));
                if (refused == null) {
                    outcomes.add(SourceMetrics.ACCEPTED);
                } else {
                    dead.add(report(source, each.message(), refused));
                }
            }
        }
    }

    /**
     * Takes a message of a dead letter again; fails with the reason if it still can be no event. Those of its events that
     * were stored the first time may have become others by a change of the mapping, and stay what they are.
     */
    public Future<Outcomes> again(ConfiguredSource from, SourceMessage message) {
        Source source = from.source();
        return map(message.record().length, () -> SourceTrace.map(from, message))
                .compose(result -> {
                    if (result.events().isEmpty() && result.skipped() == null) {
                        throw noRule(source);
                    }
                    return publish(source, result.events());
                });
    }

    private Future<Outcomes> publish(Source source, List<MappedEvent> events) {
        return publisher.publish(source, events, () -> true).map(published -> {
            MillraceException refused = firstRefusal(published);
            boolean someTaken = published.stream().anyMatch(each -> each.refused() == null);
            if (refused != null && !(someTaken && refused.failure() == Failure.ID_CONFLICT)) {
                throw refused;
            }
            return new Outcomes(published.stream()
                    .map(Published::outcome)
                    .filter(Objects::nonNull)
                    .toList());
        });
    }

    /**
     * A message that became events.
     *
     * @param first the index of its first event
     * @param end the index behind its last
     */
    private record Mapped(SourceMessage message, int first, int end) {}

    /** Why there is no event of a message that no rule is for. */
    public static MillraceException noRule(Source source) {
        return new MillraceException(
                Failure.UNKNOWN_TYPE, "no rule of the source " + source.name() + " makes an event of this");
    }

    private static @Nullable MillraceException firstRefusal(List<Published> published) {
        for (Published each : published) {
            if (each.refused() != null) {
                return each.refused();
            }
        }
        return null;
    }

    /** Completes when a message is kept as a dead letter. */
    public Future<Void> keep(Source source, SourceMessage message, MillraceException why) {
        return keep(List.of(report(source, message, why)), () -> true);
    }

    /** One after the other: a source of which nothing can be mapped must not flood the queue stage. */
    private Future<Void> keep(List<DeadLetterReport> letters, BooleanSupplier mayGoOn) {
        Iterator<DeadLetterReport> next = letters.iterator();
        return AsyncLoop.run(() -> {
            if (!next.hasNext()) {
                return Future.succeededFuture(false);
            }
            return mayGoOn.getAsBoolean()
                    ? bus.request(Addresses.DEAD_LETTER_REPORTS, next.next()).map(kept -> true)
                    : Future.failedFuture(EventPublisher.stopped());
        });
    }

    private static DeadLetterReport report(Source source, SourceMessage message, MillraceException why) {
        SourceMessage.Origin origin = message.origin();
        String reason = String.valueOf(why.getMessage());
        return new DeadLetterReport(
                source.name(),
                origin.place(),
                origin.partition(),
                origin.offset(),
                origin.timeMs(),
                why.failure(),
                reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) : reason,
                new TreeMap<>(message.attributes()),
                message.key(),
                message.record());
    }

    /** The message of a dead letter. */
    public static SourceMessage message(DeadLetterReport letter) {
        return new SourceMessage(
                letter.record(),
                letter.attributes(),
                letter.key(),
                new SourceMessage.Origin(letter.place(), letter.partition(), letter.offset(), letter.timeMs()));
    }
}
