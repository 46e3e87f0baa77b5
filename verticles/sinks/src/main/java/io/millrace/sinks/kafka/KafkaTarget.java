package io.millrace.sinks.kafka;

import io.millrace.kafka.KafkaSettings;
import io.millrace.mapping.MappingException;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.TraceParent;
import io.millrace.platform.tracing.Tracing;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.millrace.sinks.parked.ParkedEvent;
import io.millrace.sinks.parked.ParkedEvents;
import io.millrace.sinks.parked.Redrive;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Sends to the topics of a Kafka. A topic that isn't there, or that may not be written to, holds back the streams that go
 * there and no others. What no topic takes is kept as dead. Belongs to one event loop.
 */
public final class KafkaTarget implements SinkTarget {
    private static final int TOLD = 3;

    private final SinkContext context;
    private final SinkMetrics metrics;
    private final KafkaRecords records;
    private final ParkedEvents store;
    private final KafkaConnection kafka;
    private final AtomicLong dead = new AtomicLong();
    /** The topics that hold streams back, with what is wrong. */
    private final TreeMap<String, String> closed = new TreeMap<>();

    private volatile @Nullable String heldBack;

    /** @param nodes the node's own Kafka, for a sink that names no other */
    public KafkaTarget(KafkaSink sink, SinkContext context, KafkaSettings nodes) {
        this.context = context;
        this.metrics = context.metrics();
        this.records = new KafkaRecords(sink);
        this.store = new ParkedEvents(context.pool(), context.lease());
        this.kafka = new KafkaConnection(context.node().vertx(), sink.address(), nodes);
    }

    /** An event and its record; without one if none can be made of it. */
    private record Outgoing(
            SinkMessage message,
            @Nullable ProducerRecord<byte[], byte[]> record,
            @Nullable String why,
            @Nullable EventSpan span) {}

    @Override
    public Future<Void> connect() {
        return kafka.open()
                .compose(opened -> new Redrive(store, context, this::resend).run())
                .compose(done -> store.dead())
                .map(number -> {
                    dead.set(number);
                    return null;
                });
    }

    /** Sends an event that was dead once more. Completes with null, or with why it is refused again. */
    private Future<@Nullable String> resend(SinkMessage message) {
        List<String> refused = new ArrayList<>();
        return send(prepared(List.of(message)), (of, why) -> {
                    refused.add(why);
                    return Future.succeededFuture();
                })
                .recover(error -> {
                    if (!(error instanceof HeldBackException)) {
                        return Future.failedFuture(error);
                    }
                    // Nothing waits for its topic: it is dead again.
                    closed.clear();
                    tell();
                    refused.add(String.valueOf(error.getMessage()));
                    return Future.succeededFuture();
                })
                .<@Nullable String>map(done -> refused.isEmpty() ? null : refused.get(0));
    }

    @Override
    public Future<Void> send(List<SinkMessage> messages) {
        return send(prepared(messages), this::bury);
    }

    private List<Outgoing> prepared(List<SinkMessage> messages) {
        List<Outgoing> all = new ArrayList<>(messages.size());
        for (SinkMessage message : messages) {
            EventSpan span = context.node().tracing().begin(Hop.DELIVER, message.event());
            try {
                ProducerRecord<byte[], byte[]> record = records.of(message);
                String trace = Tracing.onward(span, message.event());
                if (trace != null) {
                    record.headers().add(TraceParent.NAME, trace.getBytes(StandardCharsets.US_ASCII));
                }
                all.add(new Outgoing(message, record, null, span));
            } catch (MappingException unfit) {
                all.add(new Outgoing(message, null, unfit.getMessage(), span));
            }
        }
        return all;
    }

    private Future<Void> send(List<Outgoing> all, BiFunction<Outgoing, String, Future<Void>> refuse) {
        int[] next = new int[1];
        return AsyncLoop.run(() -> next[0] == all.size()
                        ? Future.succeededFuture(false)
                        : part(all, next[0], refuse).map(taken -> {
                            next[0] += taken;
                            return true;
                        }))
                .onComplete(done -> all.forEach(each -> Tracing.end(each.span(), done)));
    }

    /**
     * Sends what goes to proven topics at once; the first record to any other alone, since it tells whether the others may
     * go. Returns how many are done with.
     */
    private Future<Integer> part(List<Outgoing> all, int at, BiFunction<Outgoing, String, Future<Void>> refuse) {
        if (!context.lease().isHeld()) {
            return Future.failedFuture(context.lease().lost());
        }
        Outgoing one = all.get(at);
        ProducerRecord<byte[], byte[]> first = one.record();
        if (first == null) {
            return refuse.apply(one, String.valueOf(one.why())).map(1);
        }
        List<ProducerRecord<byte[], byte[]>> part = new ArrayList<>(List.of(first));
        if (kafka.isProven(first.topic())) {
            for (int next = at + 1; next < all.size(); next++) {
                ProducerRecord<byte[], byte[]> record = all.get(next).record();
                if (record == null || !kafka.isProven(record.topic())) {
                    break;
                }
                part.add(record);
            }
        }
        return kafka.find(first.topic())
                .compose(found -> kafka.send(part))
                .compose(sent -> noted(all, at, sent, refuse).compose(kept -> {
                    int taken = sent.refused().size();
                    return sent.stopped() == null
                            ? Future.succeededFuture(taken)
                            : hold(part.get(taken).topic(), sent.stopped(), at + taken);
                }))
                .recover(error -> error instanceof TopicClosedException
                        ? hold(first.topic(), error, at)
                        : Future.failedFuture(error));
    }

    private Future<Void> noted(
            List<Outgoing> all, int at, KafkaConnection.Sent sent, BiFunction<Outgoing, String, Future<Void>> refuse) {
        Future<Void> kept = Future.succeededFuture();
        for (int i = 0; i < sent.refused().size(); i++) {
            Outgoing outgoing = all.get(at + i);
            Exception why = sent.refused().get(i);
            if (why != null) {
                kept = kept.compose(before -> refuse.apply(outgoing, String.valueOf(why.getMessage())));
                continue;
            }
            metrics.count(SinkMetrics.Outcome.SENT, 1);
            if (outgoing.record() != null && closed.remove(outgoing.record().topic()) != null) {
                tell();
            }
        }
        return kept;
    }

    /** Keeps an event that no topic takes. */
    private Future<Void> bury(Outgoing outgoing, String why) {
        SinkMessage message = outgoing.message();
        if (outgoing.span() != null) {
            outgoing.span().fail("dead", why);
        }
        long now = System.currentTimeMillis();
        metrics.count(outgoing.record() == null ? SinkMetrics.Outcome.UNMAPPED : SinkMetrics.Outcome.DEAD, 1);
        metrics.wrong(message.event().stream() + " " + message.position() + ": " + why);
        return store.park(new ParkedEvent(0, message.event().stream(), message.position(), "", 1, now, now), why, true)
                .map(number -> {
                    dead.incrementAndGet();
                    return null;
                });
    }

    private <T> Future<T> hold(String topic, Throwable why, int taken) {
        String told = why instanceof TopicClosedException
                ? String.valueOf(why.getMessage())
                : String.valueOf(new TopicClosedException(topic, why).getMessage());
        closed.put(topic, told);
        tell();
        metrics.failed("topic", told);
        return Future.failedFuture(new HeldBackException(told, taken));
    }

    private void tell() {
        String all = closed.values().stream().limit(TOLD).collect(Collectors.joining("; "));
        heldBack = all.isEmpty()
                ? null
                : all + (closed.size() > TOLD ? "; and " + (closed.size() - TOLD) + " more topics" : "")
                        + "; what goes there waits";
    }

    @Override
    public Future<Void> broken() {
        return kafka.broken();
    }

    @Override
    public Future<Void> close() {
        return kafka.close();
    }

    @Override
    public @Nullable String problem() {
        String waits = heldBack;
        long kept = dead.get();
        if (kept == 0) {
            return waits;
        }
        return (waits == null ? "" : waits + "; ") + kept + " events are dead";
    }
}
