package io.millrace.sources.intake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts what becomes of messages, and remembers each source's last one and last error. Safe from any thread. */
public final class SourceMetrics {
    /** The outcome of a message of which every event is acknowledged. */
    public static final String ACCEPTED = "accepted";

    private static final int MAX_ERROR = 300;

    private final MeterRegistry metrics;
    private final Clock clock;
    private final Map<String, Last> last = new ConcurrentHashMap<>();

    public SourceMetrics(MeterRegistry metrics, Clock clock) {
        this.metrics = metrics;
        this.clock = clock;
    }

    private record Last(long messageMs, @Nullable String error, long errorMs) {
        static final Last NOTHING = new Last(0, null, 0);
    }

    /** Counts a message that was taken, whether or not an event was made of it. */
    public void taken(Source source, String outcome) {
        count(source, outcome);
        long now = clock.millis();
        last.compute(source.name(), (name, before) -> {
            Last known = before == null ? Last.NOTHING : before;
            return new Last(now, known.error(), known.errorMs());
        });
    }

    /** Counts a message that was refused. */
    public void refused(Source source, MillraceException why) {
        count(source, why.failure().code());
        // Anybody can send what isn't signed: that must not hide what went wrong with what is.
        if (why.failure() != Failure.UNAUTHENTICATED) {
            failed(source, String.valueOf(why.getMessage()));
        }
    }

    /** Counts messages that were lost before anybody could take them. */
    public void lost(Source source, String outcome, long messages) {
        counter(source, outcome).increment(messages);
    }

    /** Remembers what went wrong; counts nothing. */
    public void failed(Source source, String why) {
        long now = clock.millis();
        String shown = why.length() > MAX_ERROR ? why.substring(0, MAX_ERROR) + "…" : why;
        last.compute(source.name(), (name, before) -> new Last(before == null ? 0 : before.messageMs(), shown, now));
    }

    private void count(Source source, String outcome) {
        counter(source, outcome).increment();
    }

    private Counter counter(Source source, String outcome) {
        return Counter.builder("millrace.source.messages")
                .description("messages of a source, by what became of them or the code with which they were refused")
                .tag("source", source.name())
                .tag("outcome", outcome)
                .register(metrics);
    }

    /** Counts an event. */
    void event(Source source, String outcome) {
        Counter.builder("millrace.source.events")
                .description("events of a source, by what became of them or the code with which they were refused")
                .tag("source", source.name())
                .tag("outcome", outcome)
                .register(metrics)
                .increment();
    }

    /**
     * How a source is, with its last message and error.
     *
     * @param source its name; behind a slash, the part of it
     */
    public TaskStatus status(String source, String kind, TaskStatus.State state, long lag, @Nullable String problem) {
        Last known = last.getOrDefault(source.split("/", 2)[0], Last.NOTHING);
        return new TaskStatus(source, kind, state, lag, problem, known.messageMs(), known.error(), known.errorMs());
    }
}
