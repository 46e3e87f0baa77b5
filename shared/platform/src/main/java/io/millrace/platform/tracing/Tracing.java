package io.millrace.platform.tracing;

import io.millrace.contracts.bus.Topics;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.tracing.EventSampler.Decision;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The spans of events at this node. Ingest decides which events are traced, and gives each of them its own span as
 * {@code traceparent}; every later hop makes a span of an event that has a sampled one, as a child of it. Safe from any
 * thread; nothing here blocks.
 */
public final class Tracing {
    /** Without a collector: no spans, no thread, no meters. */
    public static final Tracing OFF = new Tracing(null);

    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("messaging.operation.name");
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey("messaging.destination.name");
    private static final AttributeKey<String> MESSAGE = AttributeKey.stringKey("messaging.message.id");
    private static final AttributeKey<Long> BATCH = AttributeKey.longKey("messaging.batch.message_count");
    private static final AttributeKey<String> TYPE = AttributeKey.stringKey("millrace.event.type");
    private static final AttributeKey<String> SOURCE = AttributeKey.stringKey("millrace.event.source");

    private final @Nullable On on;

    /** What there is if spans are made. */
    record On(Tracer tracer, EventSampler sampler, EnumCounters<Decision> decisions, Runnable close) {}

    Tracing(@Nullable On on) {
        this.on = on;
    }

    /**
     * An event at ingest.
     *
     * @param event the event as it goes on
     * @param span null if it is not traced
     */
    public record Accepted(Event event, @Nullable EventSpan span) {}

    public boolean isOn() {
        return on != null;
    }

    /**
     * Decides whether an event is traced. If so, its trace goes on from the span of its ingest, or begins with it. If its
     * sender records the trace and this node must not, the event says so to the later hops.
     *
     * @param batch how many events came with it
     */
    public Accepted accept(Event event, int batch) {
        if (on == null) {
            return new Accepted(event, null);
        }
        TraceParent from = TraceParent.of(event);
        Decision decision = on.sampler.decide(from);
        on.decisions.increment(decision);
        if (decision == Decision.SAMPLED) {
            EventSpan span = begin(on, Hop.INGEST, event, from, batch);
            return new Accepted(span.trace().in(event), span);
        }
        return new Accepted(
                decision == Decision.LIMITED && from != null ? unsampled(from).in(event) : event, null);
    }

    /** An event that ingest refused: if its sender records the trace, a span says so. */
    public void refuse(TraceParent from, Throwable why) {
        if (on == null) {
            return;
        }
        Decision decision = on.sampler.decide(from);
        on.decisions.increment(decision);
        if (decision == Decision.SAMPLED) {
            // Its type may be any text, and would be a name of spans.
            Event unknown = Event.builder("", "(refused)", "")
                    .acceptedAtMicros(Micros.now())
                    .build();
            begin(on, Hop.INGEST, unknown, from, 1).fail(why);
        }
    }

    /** By W3C's rules, whoever changes the flag is the parent of what follows. */
    private static TraceParent unsampled(TraceParent from) {
        return new TraceParent(from.traceId(), IdGenerator.random().generateSpanId(), false);
    }

    /** Begins a span of an event that is traced; null if it isn't. */
    public @Nullable EventSpan begin(Hop hop, Event event) {
        return begin(hop, event, null, 1);
    }

    /**
     * Begins a span of an event that is traced; null if it isn't.
     *
     * @param before the hop's parent, as a text from outside; null, or not a valid one, if that is the event's own
     */
    public @Nullable EventSpan begin(Hop hop, Event event, @Nullable String before, int batch) {
        TraceParent own = on == null ? null : TraceParent.of(event);
        if (on == null || own == null || !own.sampled()) {
            return null;
        }
        TraceParent parent = TraceParent.parse(before);
        return begin(on, hop, event, parent != null && parent.traceId().equals(own.traceId()) ? parent : own, batch);
    }

    private static EventSpan begin(On on, Hop hop, Event event, @Nullable TraceParent parent, int batch) {
        Context context = Context.root();
        if (parent != null) {
            context = context.with(Span.wrap(SpanContext.createFromRemoteParent(
                    parent.traceId(), parent.spanId(), TraceFlags.getSampled(), TraceState.getDefault())));
        }
        String kafka = hop.isKafka() ? Topics.EVENTS : null;
        var builder = on.tracer
                .spanBuilder(hop.wire() + " " + (kafka == null ? event.type() : kafka))
                .setSpanKind(hop.kind())
                .setParent(context)
                .setAttribute(SYSTEM, kafka == null ? "millrace" : "kafka")
                .setAttribute(OPERATION, hop.wire())
                .setAttribute(DESTINATION, kafka == null ? event.stream() : kafka)
                .setAttribute(MESSAGE, event.id())
                .setAttribute(TYPE, event.type())
                .setAttribute(SOURCE, event.source());
        if (batch > 1) {
            builder.setAttribute(BATCH, (long) batch);
        }
        if (hop == Hop.INGEST) {
            builder.setStartTimestamp(event.acceptedAtMicros(), TimeUnit.MICROSECONDS);
        }
        return new EventSpan(builder.startSpan(), hop.kind());
    }

    /** Begins the spans of those events of a batch that are traced. */
    public EventSpans begin(Hop hop, List<Event> events) {
        EventSpans spans = new EventSpans();
        if (on != null) {
            events.forEach(event -> spans.add(begin(hop, event, null, events.size())));
        }
        return spans;
    }

    /** Makes spans of the traced events of a batch, which end with their outcomes. */
    public Future<List<Outcome>> observe(Hop hop, List<Event> events, Supplier<Future<List<Outcome>>> work) {
        EventSpans spans = begin(hop, events);
        return spans.areNone() ? work.get() : work.get().onComplete(spans::end);
    }

    /** Ends a span, if there is one, with what became of its work. */
    public static void end(@Nullable EventSpan span, AsyncResult<?> done) {
        if (span != null && done.succeeded()) {
            span.end();
        } else if (span != null) {
            span.fail(done.cause());
        }
    }

    /**
     * The trace of an event as it goes on to another system, whether this node makes spans or not.
     *
     * @param span the span of what goes out; null if there is none
     * @return null if the event has no trace
     */
    public static @Nullable String onward(@Nullable EventSpan span, Event event) {
        TraceParent trace = span != null ? span.trace() : TraceParent.of(event);
        return trace == null ? null : trace.text();
    }

    /** Sends what waits, in two seconds at most. Blocks. */
    public void close() {
        if (on != null) {
            on.close.run();
        }
    }
}
