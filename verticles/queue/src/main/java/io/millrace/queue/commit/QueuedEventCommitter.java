package io.millrace.queue.commit;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.wire.Codecs;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.resilience.Retry;
import io.millrace.platform.tracing.EventSpans;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.TraceParent;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.Future;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Commits a topic's events. If a backend is unavailable it waits and retries the same batch; a bad event goes to the
 * {@link RetryPublisher}, and the others are committed. Owned by the queue verticle's event loop.
 */
public final class QueuedEventCommitter {
    private final Bus bus;
    private final RetryPublisher retryPublisher;
    private final Retry retry;
    private final QueueMetrics meters;
    private final QueueMetrics.UnderWay underWay;
    private final Tracing tracing;

    public QueuedEventCommitter(
            Bus bus, RetryPublisher retryPublisher, Retry retry, QueueMetrics meters, Tracing tracing) {
        this.bus = bus;
        this.tracing = tracing;
        this.retryPublisher = retryPublisher;
        this.retry = retry;
        this.meters = meters;
        this.underWay = meters.underWay();
    }

    /**
     * Completes when each event is in PostgreSQL, in the retry topic or in the dead letters. Events at the same attempt
     * are committed together, for their journeys; from the first topic these are all events.
     */
    public Future<Void> take(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        Map<Integer, List<KafkaConsumerRecord<byte[], byte[]>>> byAttempt = new TreeMap<>();
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            byAttempt
                    .computeIfAbsent(RetryHeaders.attempts(record) + 1, attempt -> new ArrayList<>())
                    .add(record);
        }
        Future<Void> chain = Future.succeededFuture();
        for (var tried : byAttempt.entrySet()) {
            chain = chain.compose(before -> take(tried.getValue(), tried.getKey()));
        }
        return chain;
    }

    private Future<Void> take(List<KafkaConsumerRecord<byte[], byte[]>> records, int attempt) {
        List<KafkaConsumerRecord<byte[], byte[]>> readable = new ArrayList<>(records.size());
        List<Event> events = new ArrayList<>(records.size());
        List<Future<Void>> unreadable = new ArrayList<>();
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            try {
                events.add(Codecs.EVENT.decode(record.value()));
                readable.add(record);
            } catch (RuntimeException wrong) {
                // Retried, too: after a rolling release another node may be able to read it.
                unreadable.add(retryPublisher.put(
                        record, null, Failure.BAD_MESSAGE, "it can't be read: " + wrong.getMessage()));
            }
        }
        underWay.begin(events);
        EventSpans spans = spans(readable, events);
        return Future.all(unreadable)
                .compose(written -> events.isEmpty()
                        ? Future.succeededFuture(List.<Outcome>of())
                        : retry.run(events.size() + " queued events", () -> commit(readable, events, attempt)))
                .onComplete(done -> {
                    underWay.end();
                    spans.end(done);
                })
                .mapEmpty();
    }

    /** The spans go on from those with which the router wrote the records. */
    private EventSpans spans(List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events) {
        EventSpans spans = new EventSpans();
        for (int i = 0; tracing.isOn() && i < events.size(); i++) {
            String before = RetryHeaders.text(records.get(i), TraceParent.NAME, "");
            spans.add(tracing.begin(Hop.PROCESS, events.get(i), before, events.size()));
        }
        return spans;
    }

    private Future<List<Outcome>> commit(
            List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events, int attempt) {
        CommitPath path = CommitPath.queued(attempt, Micros.now());
        return bus.request(Addresses.COMMIT, new EventBatch(events, path))
                .map(Outcomes::outcomes)
                .compose(outcomes -> isUnavailable(outcomes)
                        ? Future.failedFuture(
                                new MillraceException(Failure.UNAVAILABLE, "PostgreSQL accepts no events now"))
                        : settle(records, events, outcomes));
    }

    private static boolean isUnavailable(List<Outcome> outcomes) {
        return outcomes.stream()
                .anyMatch(o -> o.failure() != null && o.failure().retryable());
    }

    private Future<List<Outcome>> settle(
            List<KafkaConsumerRecord<byte[], byte[]>> records, List<Event> events, List<Outcome> outcomes) {
        List<Future<Void>> bad = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome.failure() == null) {
                meters.settled(events.get(i), outcome);
            } else {
                bad.add(retryPublisher.put(
                        records.get(i),
                        TraceParent.of(events.get(i)),
                        outcome.failure(),
                        String.valueOf(outcome.message())));
            }
        }
        return Future.all(bad).map(outcomes);
    }
}
