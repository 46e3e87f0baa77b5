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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * What the queue tells an operator: what became of events, how long they waited, how long the oldest one waits that is
 * being committed now, and how many dead letters there are. The age of the oldest grows while the database is away, when
 * nothing else moves. Written on the queue verticle's event loop, read by whoever scrapes.
 */
public final class QueueMetrics {
    private final Map<EventResult, Counter> events = new EnumMap<>(EventResult.class);
    private final Map<String, Counter> deadLetters = new HashMap<>();
    private final Counter retries;
    private final Timer age;
    private final List<UnderWay> underWay = new CopyOnWriteArrayList<>();
    /** NaN while nobody knows. */
    private volatile double standing = Double.NaN;

    private enum EventResult {
        COMMITTED,
        EXPIRED,
        RETRIED,
        DEAD
    }

    /** What one reader is committing. */
    static final class UnderWay {
        /** When its oldest event was accepted, microseconds since 1970; 0 while there is none. */
        private volatile long oldestMicros;

        /** A batch is being committed, perhaps empty. */
        void begin(List<Event> batch) {
            oldestMicros =
                    batch.stream().mapToLong(Event::acceptedAtMicros).min().orElse(0);
        }

        /** Whatever became of it, it is under way no more. */
        void end() {
            oldestMicros = 0;
        }

        private double ageMicros() {
            long oldest = oldestMicros;
            return oldest == 0 ? 0 : since(oldest);
        }
    }

    public QueueMetrics(MeterRegistry metrics) {
        for (EventResult result : EventResult.values()) {
            events.put(
                    result,
                    metrics.counter(
                            "millrace.queue.events", "outcome", result.name().toLowerCase(Locale.ROOT)));
        }
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

    /** For one more reader. */
    UnderWay underWay() {
        UnderWay added = new UnderWay();
        underWay.add(added);
        return added;
    }

    /** Something waits because the world is down. */
    public void waited() {
        retries.increment();
    }

    /** An event failed and will be tried again by itself. */
    void retried() {
        count(EventResult.RETRIED);
    }

    /** An event was given up. */
    void dead() {
        count(EventResult.DEAD);
    }

    /** A dead letter has its row. */
    public void deadLetter(String code) {
        Counter counter = deadLetters.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    /** Dead letters that nobody has decided about, over all nodes. */
    public void standing(double letters) {
        standing = letters;
    }

    /** An event has its answer, and no failure. */
    void settled(Event event, Outcome outcome) {
        age.record(since(event.acceptedAtMicros()), TimeUnit.MICROSECONDS);
        count(outcome.status() == Outcome.Status.EXPIRED ? EventResult.EXPIRED : EventResult.COMMITTED);
    }

    private void count(EventResult result) {
        Counter counter = events.get(result);
        if (counter != null) {
            counter.increment();
        }
    }

    private double oldestAgeMicros() {
        return underWay.stream().mapToDouble(UnderWay::ageMicros).max().orElse(0);
    }

    /** Microseconds; never negative, since clocks of two nodes differ. */
    private static long since(long micros) {
        return Math.max(0, Micros.now() - micros);
    }
}
