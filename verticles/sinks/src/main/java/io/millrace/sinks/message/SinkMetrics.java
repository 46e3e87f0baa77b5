package io.millrace.sinks.message;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Counts what becomes of a sink's events. Written by one event loop; read by any thread. */
public final class SinkMetrics {
    /** What becomes of an event. */
    public enum Outcome {
        /** The outside system has it. */
        SENT,
        /** The sink doesn't want it, or may not see it. */
        SKIPPED,
        /** Nothing can be made of it by the file's templates. */
        UNMAPPED,
        /** History was removed before the sink had it. */
        REMOVED,
        /** It is refused for good, or was tried for as long as the settings say; it waits for an operator. */
        DEAD
    }

    private static final int MAX_ERROR = 300;

    private final MeterRegistry metrics;
    private final String sink;
    private final Clock clock;
    private volatile long lag;
    private volatile long sentMicros;
    private volatile long lastSentMs;
    private volatile @Nullable String error;
    private volatile long errorMs;

    public SinkMetrics(String sink, MeterRegistry metrics, Clock clock) {
        this.metrics = metrics;
        this.sink = sink;
        this.clock = clock;
        Gauge.builder("millrace.sink.lag.events", this, self -> self.lag)
                .description(
                        "events that wait for a sink, before it knows which of them it wants; of the node that runs it")
                .tag("sink", sink)
                .register(metrics);
        Gauge.builder("millrace.sink.age", this, SinkMetrics::ageSeconds)
                .description(
                        "how long ago the last event was committed that a sink is through with; 0 while none waits")
                .baseUnit("seconds")
                .tag("sink", sink)
                .register(metrics);
    }

    /** Counts events. */
    public void count(Outcome outcome, long events) {
        Counter.builder("millrace.sink.events")
                .description("events of a sink, by what became of them")
                .tag("sink", sink)
                .tag("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT))
                .register(metrics)
                .increment((double) events);
    }

    /** Counts how often messages were not taken for now. */
    public void failed(String reason, String why) {
        Counter.builder("millrace.sink.failures")
                .description("how often a sink's messages were not taken for now, by the reason")
                .tag("sink", sink)
                .tag("reason", reason)
                .register(metrics)
                .increment();
        wrong(why);
    }

    /** Remembers what went wrong; counts nothing. */
    public void wrong(String why) {
        error = why.length() > MAX_ERROR ? why.substring(0, MAX_ERROR) + "…" : why;
        errorMs = clock.millis();
    }

    /** Notes that events were sent. */
    public void sent() {
        lastSentMs = clock.millis();
    }

    /** @param committedMicros when the last event was accepted that the sink is through with, microseconds since 1970 */
    public void through(long committedMicros) {
        sentMicros = committedMicros;
    }

    public void lag(long events) {
        lag = events;
    }

    public long lag() {
        return lag;
    }

    private double ageSeconds() {
        if (lag == 0) {
            return 0;
        }
        return sentMicros == 0 ? Double.NaN : Math.max(0, clock.millis() - sentMicros / 1_000) / 1e3;
    }

    public long lastSentMs() {
        return lastSentMs;
    }

    public @Nullable String lastError() {
        return error;
    }

    public long lastErrorMs() {
        return errorMs;
    }
}
