package io.millrace.platform.tracing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.platform.metrics.EnumCounters;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The spans of events, and what becomes of them if the collector is slow or gone. */
class TracingTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";

    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final Exports exports = new Exports();
    private final SpanQueue queue = new SpanQueue(exports, "there", 16, Duration.ofSeconds(1), metrics);
    private final SdkTracerProvider provider =
            SdkTracerProvider.builder().addSpanProcessor(queue).build();

    @AfterEach
    void close() {
        exports.go.countDown();
        provider.shutdown();
    }

    /** A collector that does what a test wants. */
    private static final class Exports implements SpanExporter {
        final List<SpanData> taken = new CopyOnWriteArrayList<>();
        final CountDownLatch go = new CountDownLatch(1);
        volatile boolean slow;
        volatile boolean failing;

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            if (slow) {
                try {
                    go.await();
                } catch (InterruptedException closing) {
                    return CompletableResultCode.ofFailure();
                }
            }
            if (failing) {
                return CompletableResultCode.ofExceptionalFailure(new IllegalStateException("refused"));
            }
            taken.addAll(spans);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private Tracing tracing(int sample, int rate) {
        return new Tracing(new Tracing.On(
                provider.get("test"),
                new EventSampler(sample, rate, System::nanoTime),
                new EnumCounters<>("millrace.tracing.events", "decision", EventSampler.Decision.class, metrics),
                () -> {}));
    }

    @Test
    void aSampledEventGoesOnFromTheSpanOfItsIngest() {
        Tracing tracing = tracing(0, 100);
        Tracing.Accepted accepted = tracing.accept(event(PARENT), 3);
        assertNotNull(accepted.span());
        accepted.span().end(Outcome.of(Outcome.Status.QUEUED, accepted.event()));
        EventSpan commit = tracing.begin(Hop.COMMIT, accepted.event());
        assertNotNull(commit);
        commit.end();

        SpanData ingest = span("ingest order:created");
        assertEquals(TRACE, ingest.getTraceId());
        assertEquals("00f067aa0ba902b7", ingest.getParentSpanId());
        assertEquals(SpanKind.SERVER, ingest.getKind());
        assertEquals(ingest.getSpanId(), span("commit order:created").getParentSpanId());
        Map<String, Object> attributes = new java.util.TreeMap<>();
        ingest.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), value));
        assertEquals(
                Map.of(
                        "messaging.system", "millrace",
                        "messaging.operation.name", "ingest",
                        "messaging.destination.name", "orders",
                        "messaging.message.id", "e-1",
                        "messaging.batch.message_count", 3L,
                        "millrace.event.type", "order:created",
                        "millrace.event.source", "shop",
                        "millrace.outcome", "queued"),
                attributes);
        assertEquals(
                1,
                metrics.counter("millrace.tracing.events", "decision", "sampled")
                        .count());
    }

    @Test
    void anEventWithoutATraceBeginsOneAndTellsIt() {
        Tracing.Accepted accepted = tracing(1, 100).accept(event(null), 1);
        assertNotNull(accepted.span());
        assertEquals(accepted.span().trace(), TraceParent.of(accepted.event()));
        Event same = event(null);
        assertSame(same, tracing(0, 100).accept(same, 1).event());
    }

    @Test
    void whoIsNotTracedGoesOnAsItCame() {
        Event event = event(PARENT.replace("-01", "-00"));
        Tracing.Accepted accepted = tracing(1, 100).accept(event, 1);
        assertNull(accepted.span());
        assertSame(event, accepted.event());
        assertNull(tracing(1, 100).begin(Hop.COMMIT, event));
    }

    @Test
    void beyondTheRateTheLaterHopsAreToldThatNoneIsMade() {
        Tracing tracing = tracing(1, 1);
        assertNotNull(tracing.accept(event(PARENT), 1).span());
        Event beyond = tracing.accept(event(PARENT), 1).event();
        TraceParent trace = TraceParent.of(beyond);
        assertNotNull(trace);
        assertEquals(TRACE, trace.traceId());
        assertFalse(trace.sampled());
        // By W3C's rules: who changes the flag changes the parent.
        assertNotEquals("00f067aa0ba902b7", trace.spanId());
        assertNull(tracing.begin(Hop.COMMIT, beyond));
        assertEquals(
                1,
                metrics.counter("millrace.tracing.events", "decision", "limited")
                        .count());
    }

    @Test
    void aFailureIsInTheSpan() {
        Tracing tracing = tracing(0, 100);
        List<Event> events = List.of(event(null), event(PARENT));
        Future<List<Outcome>> failed = tracing.observe(
                Hop.COMMIT,
                events,
                () -> Future.succeededFuture(List.of(
                        Outcome.failed("e-0", Failure.OVERLOADED, "other"),
                        Outcome.failed("e-1", Failure.UNAVAILABLE, "PostgreSQL is gone"))));
        assertTrue(failed.succeeded());
        SpanData span = span("commit order:created");
        assertEquals(StatusCode.ERROR, span.getStatus().getStatusCode());
        assertEquals("PostgreSQL is gone", span.getStatus().getDescription());
        assertEquals(1, exports.taken.size(), "of the traced one alone");

        tracing.refuse(new TraceParent(TRACE, "00f067aa0ba902b7", true), new IllegalStateException("defect"));
        assertEquals(StatusCode.ERROR, span("ingest (refused)").getStatus().getStatusCode());
    }

    @Test
    void aHopGoesOnFromTheOneBeforeOnlyInItsOwnTrace() {
        Tracing tracing = tracing(0, 100);
        String before = "00-" + TRACE + "-1111111111111111-01";
        end(tracing.begin(Hop.PROCESS, event(PARENT), before, 1));
        assertEquals("1111111111111111", span("process millrace.events").getParentSpanId());
        exports.taken.clear();
        end(tracing.begin(Hop.PROCESS, event(PARENT), before.replace("4bf9", "5bf9"), 1));
        assertEquals("00f067aa0ba902b7", span("process millrace.events").getParentSpanId());
    }

    @Test
    void aSlowCollectorLosesSpansAndDelaysNobody() {
        exports.slow = true;
        Tracing tracing = tracing(0, 1_000_000);
        long start = System.nanoTime();
        for (int i = 0; i < 2_000; i++) {
            end(tracing.begin(Hop.COMMIT, event(PARENT)));
        }
        assertTrue(System.nanoTime() - start < Duration.ofSeconds(1).toNanos());
        assertTrue(spans("dropped") > 1_000);

        exports.go.countDown();
        await().until(() -> spans("exported") + spans("dropped") + spans("failed") == 2_000);
    }

    @Test
    void aCollectorThatRefusesIsCountedAndComesBack() {
        exports.failing = true;
        end(tracing(0, 100).begin(Hop.COMMIT, event(PARENT)));
        await().until(() -> spans("failed") == 1);
        exports.failing = false;
        end(tracing(0, 100).begin(Hop.COMMIT, event(PARENT)));
        await().until(() -> spans("exported") == 1);
    }

    @Test
    void whatWaitsAtTheEndIsSent() {
        end(tracing(0, 100).begin(Hop.COMMIT, event(PARENT)));
        provider.shutdown();
        assertEquals(1, exports.taken.size());
    }

    @Test
    void withoutACollectorThereIsNothing() {
        Event event = event(PARENT);
        assertSame(event, Tracing.OFF.accept(event, 1).event());
        assertNull(Tracing.OFF.begin(Hop.COMMIT, event));
        assertTrue(Tracing.OFF.begin(Hop.COMMIT, List.of(event)).areNone());
        assertEquals(PARENT, Tracing.onward(null, event));
    }

    private double spans(String outcome) {
        return metrics.counter("millrace.tracing.spans", "outcome", outcome).count();
    }

    private static void end(@Nullable EventSpan span) {
        assertNotNull(span);
        span.end();
    }

    private SpanData span(String name) {
        await().until(() ->
                exports.taken.stream().anyMatch(span -> span.getName().equals(name)));
        return exports.taken.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Event event(@Nullable String traceparent) {
        String metadata = traceparent == null ? "{}" : "{\"traceparent\":\"" + traceparent + "\"}";
        return Event.builder("e-1", "order:created", "shop").stream("orders")
                .metadata(metadata.getBytes(StandardCharsets.UTF_8))
                .acceptedAtMicros(System.currentTimeMillis() * 1000)
                .build();
    }
}
