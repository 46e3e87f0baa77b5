package io.millrace.router.path;

import static java.util.Map.entry;

import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.wire.Codecs;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.EventSpans;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.TraceParent;
import io.millrace.platform.tracing.Tracing;
import io.millrace.router.RouterSettings;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes ordinary events to Kafka, keyed by stream, acknowledged by all in-sync replicas. One request is in progress at
 * a time, and the producer batches the next one meanwhile (linger 0). Sends from one worker thread, since a producer
 * may block; completes on the event loop that made it.
 */
public final class KafkaPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaPublisher.class);

    private final Context context;
    private final WorkerExecutor worker;
    private final KafkaProducer<byte[], byte[]> client;
    private final Producer<byte[], byte[]> producer;
    private final long patienceNanos;
    private final Tracing tracing;

    public KafkaPublisher(Vertx vertx, RouterSettings settings, Tracing tracing) {
        this.tracing = tracing;
        this.context = vertx.getOrCreateContext();
        this.worker = vertx.createSharedWorkerExecutor("millrace-kafka", 1);
        long timeout = settings.kafkaTimeout().toMillis();
        this.client = KafkaProducer.create(
                vertx,
                settings.kafka()
                        .with(Map.ofEntries(
                                entry("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"),
                                entry("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer"),
                                entry("acks", "all"),
                                entry("linger.ms", "0"),
                                entry("max.in.flight.requests.per.connection", "1"),
                                entry("batch.size", String.valueOf(128 << 10)),
                                entry("max.request.size", String.valueOf(Topics.MAX_MESSAGE)),
                                entry("max.block.ms", String.valueOf(timeout / 2)),
                                entry("request.timeout.ms", String.valueOf(timeout / 2)),
                                entry("delivery.timeout.ms", String.valueOf(timeout)))));
        this.producer = client.unwrap();
        this.patienceNanos = TimeUnit.MILLISECONDS.toNanos(timeout) / 2;
    }

    /** Completes with the outcome queued for each event, or unavailable if Kafka didn't acknowledge it. */
    public Future<List<Outcome>> send(List<Event> events) {
        Promise<List<Outcome>> promise = Promise.promise();
        Outcome[] outcomes = new Outcome[events.size()];
        EventSpans spans = tracing.begin(Hop.SEND, events);
        AtomicInteger missing = new AtomicInteger(events.size());
        AtomicReference<@Nullable Exception> down = new AtomicReference<>();
        long asked = System.nanoTime();
        worker.executeBlocking(() -> {
                    if (System.nanoTime() - asked > patienceNanos) {
                        // Earlier batches blocked the producer, and so would this one.
                        down.set(new TimeoutException("the producer is blocked"));
                    }
                    for (int i = 0; i < outcomes.length; i++) {
                        int index = i;
                        EventSpan span = spans.of(i);
                        send(events.get(i), span, down.get(), error -> {
                            if (error instanceof TimeoutException && down.getAndSet(error) == null) {
                                LOG.warn("could not write to Kafka: {}", error.getMessage());
                            }
                            outcomes[index] = outcome(events.get(index), error);
                            if (missing.decrementAndGet() == 0) {
                                context.runOnContext(done -> promise.complete(Arrays.asList(outcomes)));
                            }
                        });
                    }
                    return null;
                })
                .onFailure(promise::tryFail);
        return spans.areNone() ? promise.future() : promise.future().onComplete(spans::end);
    }

    /** Whether Kafka failed to acknowledge some of a batch. */
    public static boolean unavailable(List<Outcome> outcomes) {
        return outcomes.stream().anyMatch(outcome -> outcome.failure() == Failure.UNAVAILABLE);
    }

    /**
     * @param span of an event that is traced: the consumer's goes on from it
     * @param down the error of an earlier event, if Kafka can't be reached: each further send would block as long
     *     again; else null
     */
    private void send(
            Event event, @Nullable EventSpan span, @Nullable Exception down, Consumer<@Nullable Exception> done) {
        if (down != null) {
            done.accept(down);
            return;
        }
        var record = new ProducerRecord<>(
                Topics.EVENTS, event.stream().getBytes(StandardCharsets.UTF_8), Codecs.EVENT.encode(event));
        if (span != null) {
            byte[] trace = span.trace().text().getBytes(StandardCharsets.US_ASCII);
            record.headers().add(TraceParent.NAME, trace);
        }
        try {
            var unused = producer.send(record, (metadata, error) -> done.accept(error));
            Objects.requireNonNull(unused);
        } catch (RuntimeException refused) {
            done.accept(refused);
        }
    }

    private static Outcome outcome(Event event, @Nullable Exception error) {
        if (error == null) {
            return Outcome.of(Outcome.Status.QUEUED, event);
        }
        if (error instanceof RecordTooLargeException) {
            return Outcome.failed(
                    event.id(),
                    new MillraceException(
                            Failure.TOO_LARGE,
                            "Kafka's topic " + Topics.EVENTS + " takes no record that large (its max.message.bytes)"));
        }
        return Outcome.failed(
                event.id(), new MillraceException(Failure.UNAVAILABLE, "the queue doesn't take events now"));
    }

    public Future<Void> close() {
        List<Future<Void>> closing = new ArrayList<>();
        closing.add(client.close());
        closing.add(worker.close());
        return Future.join(closing).mapEmpty();
    }
}
