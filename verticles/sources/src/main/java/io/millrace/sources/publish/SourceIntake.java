package io.millrace.sources.publish;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.sources.publish.EventPublisher.Published;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes the messages of outside systems: makes events of them, publishes these, and keeps what can be no event as a dead
 * letter. Belongs to one event loop.
 */
public final class SourceIntake {
    private static final String SKIPPED = "skipped";
    private static final String UNMAPPED = "unmapped";
    private static final int MAX_REASON = 2_000;

    private final Bus bus;
    private final SourceMetrics metrics;
    private final EventPublisher publisher;

    public SourceIntake(NodeContext node, SourceMetrics metrics) {
        this.bus = node.bus();
        this.metrics = metrics;
        this.publisher = new EventPublisher(node, metrics);
    }

    /**
     * Takes messages in their order.
     *
     * @return completes when each is done with: its events are acknowledged, or it is a dead letter, or counted as one that
     *     no rule is for; fails if the same messages have to be taken again, which doubles nothing
     */
    public Future<Void> take(ConfiguredSource from, List<SourceMessage> messages) {
        Source source = from.source();
        Batch batch = new Batch();
        messages.forEach(message -> add(from, message, batch));
        return publisher
                .publish(source, batch.events)
                .compose(published -> {
                    for (Mapped each : batch.mapped) {
                        MillraceException refused = firstRefusal(published.subList(each.first(), each.end()));
                        if (refused == null) {
                            batch.outcomes.add(SourceMetrics.ACCEPTED);
                        } else {
                            batch.dead.add(report(source, each.message(), refused));
                        }
                    }
                    return keep(batch.dead);
                })
                .onFailure(error -> metrics.failed(source, String.valueOf(error.getMessage())))
                .onSuccess(kept -> {
                    batch.outcomes.forEach(outcome -> metrics.taken(source, outcome));
                    batch.dead.forEach(letter ->
                            metrics.refused(source, new MillraceException(letter.failure(), letter.message())));
                });
    }

    private static void add(ConfiguredSource from, SourceMessage message, Batch batch) {
        Source source = from.source();
        try {
            DocumentMapping.Result result = from.map(message);
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
        }
    }

    /** What has become of messages that are taken together, so far. */
    private static final class Batch {
        final List<MappedEvent> events = new ArrayList<>();
        final List<Mapped> mapped = new ArrayList<>();
        final List<DeadLetterReport> dead = new ArrayList<>();
        final List<String> outcomes = new ArrayList<>();
    }

    /** Takes a message of a dead letter again; fails with the reason if it still can be no event. */
    public Future<Outcomes> again(ConfiguredSource from, SourceMessage message) {
        Source source = from.source();
        DocumentMapping.Result result = from.map(message);
        if (result.events().isEmpty() && result.skipped() == null) {
            throw noRule(source);
        }
        return publisher.publish(source, result.events()).map(published -> {
            MillraceException refused = firstRefusal(published);
            if (refused != null) {
                throw refused;
            }
            return new Outcomes(published.stream().map(Published::outcome).toList());
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
        return keep(List.of(report(source, message, why)));
    }

    private Future<Void> keep(List<DeadLetterReport> letters) {
        return Future.join(letters.stream()
                        .map(letter -> bus.request(Addresses.DEAD_LETTER_REPORTS, letter))
                        .toList())
                .mapEmpty();
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
