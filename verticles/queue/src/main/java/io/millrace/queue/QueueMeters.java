package io.millrace.queue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.Event;
import io.millrace.contracts.Outcome;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the queue tells an operator: what became of events, how long they waited, and how long the oldest one waits that
 * is being committed now. The last one grows while the database is away, when nothing else moves. Written on the queue
 * verticle's event loop, read by whoever scrapes.
 */
final class QueueMeters {
    private final Map<Fate, Counter> events = new EnumMap<>(Fate.class);
    private final Counter retries;
    private final Timer age;
    /** When the oldest event of the batch under way was accepted, microseconds since 1970; 0 while there is none. */
    private volatile long oldestMicros;

    private enum Fate {
        COMMITTED,
        DEAD
    }

    QueueMeters(MeterRegistry metrics) {
        for (Fate fate : Fate.values()) {
            events.put(
                    fate,
                    metrics.counter(
                            "millrace.queue.events", "outcome", fate.name().toLowerCase(Locale.ROOT)));
        }
        retries = metrics.counter("millrace.queue.retries");
        age = Timer.builder("millrace.queue.age").publishPercentileHistogram().register(metrics);
        TimeGauge.builder("millrace.queue.oldest.age", this, TimeUnit.MICROSECONDS, QueueMeters::oldestAgeMicros)
                .register(metrics);
    }

    /** A batch is being committed, perhaps empty. */
    void begin(List<Event> batch) {
        oldestMicros = batch.stream().mapToLong(Event::acceptedAtMicros).min().orElse(0);
    }

    /** Whatever became of it, it is under way no more. */
    void end() {
        oldestMicros = 0;
    }

    void retried() {
        retries.increment();
    }

    void dead() {
        count(Fate.DEAD);
    }

    /** An event has its answer; whether it is a dead letter is counted where it is written. */
    void settled(Event event, Outcome outcome) {
        age.record(since(event.acceptedAtMicros()), TimeUnit.MICROSECONDS);
        if (outcome.failure() == null) {
            count(Fate.COMMITTED);
        }
    }

    private void count(Fate fate) {
        Counter counter = events.get(fate);
        if (counter != null) {
            counter.increment();
        }
    }

    private double oldestAgeMicros() {
        long oldest = oldestMicros;
        return oldest == 0 ? 0 : since(oldest);
    }

    /** Microseconds; never negative, since clocks of two nodes differ. */
    private static long since(long micros) {
        return Math.max(0, System.currentTimeMillis() * 1000 - micros);
    }
}
