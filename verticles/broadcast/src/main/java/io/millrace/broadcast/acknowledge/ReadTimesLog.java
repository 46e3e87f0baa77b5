package io.millrace.broadcast.acknowledge;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.connection.ConnectionPage.ReadTimes;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.metrics.EnumCounters;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * From an event's acceptance until clients of this node had read it, by namespace: as a metric, and for operators of the last
 * minutes. There are as many namespaces as the packs have, and {@code kpi}. Safe from any thread: what is sampled is rare.
 */
public final class ReadTimesLog {
    private static final String KPIS = "kpi";
    private static final int MINUTES = 5;

    private final DomainModel domains;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final EnumCounters<Outcome> outcomes;
    private final Map<String, Recent> namespaces = new TreeMap<>();

    /** What became of an acknowledgement. */
    enum Outcome {
        MEASURED,
        /** The position is not of a stream that the client follows, or not one that it was asked about. */
        NOT_ASKED,
        /** The client has acknowledged this event, or a later one. */
        REPEATED,
        /** The client was not sent the event. */
        NOT_SENT,
        /** The event came before the subscription, or nobody knows when: how long it took says nothing about delivery. */
        OLDER,
        /** The event is not in memory any more. */
        FORGOTTEN
    }

    public ReadTimesLog(DomainModel domains, MeterRegistry metrics, Clock clock) {
        this.domains = domains;
        this.metrics = metrics;
        this.clock = clock;
        this.outcomes = new EnumCounters<>("millrace.broadcast.acknowledged", "outcome", Outcome.class, metrics);
    }

    void count(Outcome outcome) {
        outcomes.increment(outcome);
    }

    void measured(String stream, long micros) {
        count(Outcome.MEASURED);
        Namespace namespace = domains.namespaceOf(stream);
        String name = namespace == null ? KPIS : namespace.name();
        synchronized (namespaces) {
            namespaces.computeIfAbsent(name, first -> new Recent(timer(first))).add(micros, minute());
        }
    }

    private Timer timer(String namespace) {
        return Timer.builder("millrace.broadcast.read.latency")
                .description("Time from an event's acceptance until a client had read it, of sampled events")
                .tag("namespace", namespace)
                .publishPercentileHistogram()
                .register(metrics);
    }

    /** Of the last five minutes, and of the present one; without the namespaces of which nothing was read. */
    public List<ReadTimes> recent() {
        List<ReadTimes> found = new ArrayList<>();
        synchronized (namespaces) {
            namespaces.forEach((name, recent) -> {
                List<Long> counts = recent.counts(minute());
                if (counts != null) {
                    found.add(new ReadTimes(name, counts));
                }
            });
        }
        return found;
    }

    private long minute() {
        return TimeUnit.MILLISECONDS.toMinutes(clock.millis());
    }

    /** The times of one namespace. */
    private static final class Recent {
        private final Timer timer;
        private final long[][] counts = new long[MINUTES + 1][ReadTimes.BUCKETS];
        private final long[] minutes = new long[MINUTES + 1];

        Recent(Timer timer) {
            this.timer = timer;
        }

        void add(long micros, long minute) {
            timer.record(micros, TimeUnit.MICROSECONDS);
            int slot = (int) (minute % minutes.length);
            if (minutes[slot] != minute) {
                minutes[slot] = minute;
                counts[slot] = new long[ReadTimes.BUCKETS];
            }
            counts[slot][ReadTimes.bucket(micros)]++;
        }

        @Nullable
        List<Long> counts(long minute) {
            long[] sum = new long[ReadTimes.BUCKETS];
            boolean any = false;
            for (int slot = 0; slot < minutes.length; slot++) {
                if (minute - minutes[slot] <= MINUTES) {
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += counts[slot][i];
                    }
                    any = true;
                }
            }
            return any ? java.util.Arrays.stream(sum).boxed().toList() : null;
        }
    }
}
