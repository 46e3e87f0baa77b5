package io.millrace.queue.commit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.metrics.EnumCounters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * The queue's metrics: outcomes of events, their waiting times, the age of the oldest event that is being committed,
 * and the number of dead letters. That age grows while the database is unavailable, when no other metric changes.
 * Written on the queue verticle's event loop, read from any thread.
 */
public final class QueueMetrics {
    private final EnumCounters<EventResult> events;
    private final Map<String, Counter> deadLetters = new HashMap<>();
    private final Counter retries;
    private final Timer age;
    private final List<UnderWay> underWay = new CopyOnWriteArrayList<>();
    /** NaN while the number is unknown. */
    private volatile double standing = Double.NaN;

    private enum EventResult {
        COMMITTED,
        EXPIRED,
        RETRIED,
        DEAD
    }

    /** The batch that one consumer is committing. */
    static final class UnderWay {
        /** When the oldest event was accepted, microseconds since 1970 UTC; 0 while there is none. */
        private volatile long oldestMicros;

        /** A batch, which may be empty, is being committed. */
        void begin(List<Event> batch) {
            oldestMicros =
                    batch.stream().mapToLong(Event::acceptedAtMicros).min().orElse(0);
        }

        /** The batch is no longer in progress, committed or not. */
        void end() {
            oldestMicros = 0;
        }

        private double ageMicros() {
            long oldest = oldestMicros;
            return oldest == 0 ? 0 : since(oldest);
        }
    }

    public QueueMetrics(MeterRegistry metrics) {
        events = new EnumCounters<>("millrace.queue.events", "outcome", EventResult.class, metrics);
        for (Failure failure : Failure.values()) {
            deadLetters.put(failure.code(), metrics.counter("millrace.queue.dead.letters", "code", failure.code()));
        }
        retries = metrics.counter("millrace.queue.retries");
        age = Timer.builder("millrace.queue.age").publishPercentileHistogram().register(metrics);
        TimeGauge.builder("millrace.queue.oldest.age", this, TimeUnit.MICROSECONDS, QueueMetrics::oldestAgeMicros)
                .register(metrics);
        Gauge.builder("millrace.queue.dead.letters.open", this, known -> known.standing)
                .register(metrics);
    }

    /** The progress of one more consumer. */
    UnderWay underWay() {
        UnderWay added = new UnderWay();
        underWay.add(added);
        return added;
    }

    /** A batch waits because a backend is unavailable. */
    public void waited() {
        retries.increment();
    }

    /** An event failed and will be retried. */
    void retried() {
        events.increment(EventResult.RETRIED);
    }

    /** An event became a dead letter. */
    void dead() {
        events.increment(EventResult.DEAD);
    }

    /** A dead letter was stored. */
    public void deadLetter(String code) {
        Counter counter = deadLetters.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Sets the number of open dead letters, over all nodes. */
    public void standing(double letters) {
        standing = letters;
    }

    /** An event was committed or had expired. */
    void settled(Event event, Outcome outcome) {
        age.record(since(event.acceptedAtMicros()), TimeUnit.MICROSECONDS);
        events.increment(outcome.status() == Outcome.Status.EXPIRED ? EventResult.EXPIRED : EventResult.COMMITTED);
    }

    private double oldestAgeMicros() {
        return underWay.stream().mapToDouble(UnderWay::ageMicros).max().orElse(0);
    }

    /** Microseconds; never negative, since clocks of two nodes differ. */
    private static long since(long micros) {
        return Math.max(0, Micros.now() - micros);
    }
}
