package io.millrace.platform.tracing;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.metrics.EnumCounters;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ended spans on their way to the collector: a bounded queue, and a thread of its own that sends them in batches. A
 * collector that is slow or gone loses spans, which are counted, and delays nobody. Spans come from any thread.
 */
final class SpanQueue implements SpanProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);

    private static final int BATCH = 512;
    /** How long a batch gathers: a request for every span would cost more than all the rest. */
    private static final long GATHER_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How often the queue is looked into. */
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Beyond the time of a request, so that the exporter's own word on it is heard. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final SpanExporter exporter;
    private final String place;
    private final long timeoutMs;
    /** Without a lock, and nobody is woken: both would cost an event loop more than its span. */
    private final Queue<ReadableSpan> waiting = new ConcurrentLinkedQueue<>();

    private final AtomicInteger size = new AtomicInteger();
    private final int max;
    private final EnumCounters<Fate> spans;
    private final Thread thread;
    private volatile boolean closed;
    private boolean failing;

    /** What becomes of a span. */
    private enum Fate {
        EXPORTED,
        /** The collector did not take it. */
        FAILED,
        /** There was no room for it. */
        DROPPED
    }

    /**
     * @param place the collector, for log lines
     * @param max spans that may wait
     * @param timeout how long the collector may take for a batch
     */
    SpanQueue(SpanExporter exporter, String place, int max, Duration timeout, MeterRegistry metrics) {
        this.exporter = exporter;
        this.place = place;
        this.timeoutMs = timeout.plus(GRACE).toMillis();
        this.max = max;
        this.spans = new EnumCounters<>("millrace.tracing.spans", "outcome", Fate.class, metrics);
        Gauge.builder("millrace.tracing.waiting.spans", size, AtomicInteger::get)
                .register(metrics);
        this.thread = new Thread(this::run, "millrace-tracing");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
        return false;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (size.incrementAndGet() <= max && !closed) {
            waiting.add(span);
        } else {
            size.decrementAndGet();
            spans.increment(Fate.DROPPED);
        }
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    private void run() {
        while (!closed || size.get() > 0) {
            List<SpanData> batch = gather();
            if (!batch.isEmpty()) {
                export(batch);
            }
        }
    }

    private List<SpanData> gather() {
        List<SpanData> batch = new ArrayList<>();
        long until = System.nanoTime() + GATHER_NANOS;
        while (batch.size() < BATCH) {
            ReadableSpan next = waiting.poll();
            if (next != null) {
                size.decrementAndGet();
                batch.add(next.toSpanData());
            } else if (closed || System.nanoTime() - until > 0) {
                break;
            } else {
                LockSupport.parkNanos(this, STEP_NANOS);
            }
        }
        return batch;
    }

    private void export(List<SpanData> batch) {
        CompletableResultCode result;
        try {
            result = exporter.export(batch).join(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (RuntimeException defect) {
            result = CompletableResultCode.ofExceptionalFailure(defect);
        }
        spans.of(result.isSuccess() ? Fate.EXPORTED : Fate.FAILED).increment(batch.size());
        if (result.isSuccess() && failing) {
            failing = false;
            LOG.info("the collector at {} takes spans again", place);
        } else if (!result.isSuccess() && !failing) {
            failing = true;
            Throwable why = result.getFailureThrowable();
            LOG.warn(
                    "the collector at {} takes no spans, which are lost until it does: {}",
                    place,
                    why == null ? "no answer in time" : why.toString());
        }
    }

    /** Sends what waits, in two seconds at most, and ends the thread. Blocks. */
    @Override
    public CompletableResultCode shutdown() {
        closed = true;
        try {
            thread.join(CLOSE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return exporter.shutdown();
    }
}
