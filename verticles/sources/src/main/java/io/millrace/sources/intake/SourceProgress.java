package io.millrace.sources.intake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.failure.MillraceException;
import java.time.Clock;
import java.util.function.DoubleSupplier;

/** How far a source has come that reads by itself. Written by one event loop. */
public final class SourceProgress {
    private final MeterRegistry metrics;
    private final Tags tags;
    private final Clock clock;
    private final DoubleSupplier lag;
    /** When the last message was written that was taken, milliseconds since 1970; 0 before the first. */
    private volatile long takenMs;

    /**
     * @param lag how many messages wait; NaN while that isn't known; called from any thread
     */
    public SourceProgress(String source, DoubleSupplier lag, MeterRegistry metrics, Clock clock) {
        this.metrics = metrics;
        this.tags = Tags.of("source", source);
        this.clock = clock;
        this.lag = lag;
        Gauge.builder("millrace.source.lag.messages", lag::getAsDouble)
                .description("messages that wait for a source, of all its partitions; NaN while that is unknown")
                .tags(tags)
                .strongReference(true)
                .register(metrics);
        Gauge.builder("millrace.source.age", this, SourceProgress::ageSeconds)
                .description("how long ago the last message was written that was taken; 0 while none waits")
                .baseUnit("seconds")
                .tags(tags)
                .register(metrics);
    }

    /** @param writtenMs when the newest of the messages was written, milliseconds since 1970 */
    public void taken(long writtenMs) {
        takenMs = writtenMs;
    }

    /** Notes that messages were not taken, and are read again. */
    public void failed(Throwable why) {
        Counter.builder("millrace.source.failures")
                .description("how often messages were not taken for now, and read again, by the code of the failure")
                .tags(tags)
                .tag("reason", MillraceException.of(why).failure().code())
                .register(metrics)
                .increment();
    }

    private double ageSeconds() {
        if (lag.getAsDouble() == 0) {
            return 0;
        }
        return takenMs == 0 ? Double.NaN : Math.max(0, clock.millis() - takenMs) / 1e3;
    }
}
