package io.millrace.launcher.report;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.cluster.NodeStatus.Figure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The few figures of each stage that an operator asks for first, out of the metrics. Totals are since the node started, so
 * that a reader who misses one computes the same rates; what several meters of a metric count is added up. Safe from any
 * thread.
 */
public final class StageFigures {
    /** Breakers of one node that are told; a router has one for each handler. */
    private static final int MAX_BREAKERS = 32;

    private static final String BREAKER = ".breaker.state";
    private static final String UNANSWERED = ".breaker.unanswered";

    /** How a meter is read. */
    private enum Reading {
        /** A counter's count, a gauge's value, how often a timer has measured. */
        NUMBER,
        /** What a summary has added up. */
        SUM,
        /** The time that a timer has added up, or that a gauge tells, in microseconds. */
        MICROS
    }

    /**
     * @param tags of which one is to be on the meter, {@code name=value}; empty for all meters of the metric
     */
    private record Rule(String stage, String figure, String metric, Reading reading, List<String> tags) {}

    private static Rule rule(String stage, String figure, String metric, String... tags) {
        return new Rule(stage, figure, "millrace." + metric, Reading.NUMBER, List.of(tags));
    }

    private static Rule micros(String stage, String figure, String metric, String... tags) {
        return new Rule(stage, figure, "millrace." + metric, Reading.MICROS, List.of(tags));
    }

    private static Rule pool(String figure, Reading reading, String pool) {
        return new Rule("persistence", figure, "vertx.pool.queue.time", reading, List.of("pool_name=" + pool));
    }

    private static final List<Rule> RULES = List.of(
            rule("sources", "messages", "source.messages"),
            rule("sources", "accepted", "source.messages", "outcome=accepted"),
            rule("sources", "failures", "source.failures"),
            rule("sources", "waiting", "source.waiting.messages"),
            rule("ingest", "accepted", "ingest.events", "outcome=committed", "outcome=queued", "outcome=sent"),
            rule("ingest", "duplicates", "ingest.events", "outcome=duplicate"),
            rule("ingest", "expired", "ingest.events", "outcome=expired"),
            rule("ingest", "refused", "ingest.events", "outcome=failed"),
            rule("ingest", "overloaded", "ingest.refused", "reason=overloaded"),
            rule("ingest", "limited", "ingest.refused", "reason=rate_limited"),
            rule("ingest", "waiting", "ingest.batch.waiting.events"),
            rule("ingest", "requests", "ingest.request.duration"),
            micros("ingest", "requestMicros", "ingest.request.duration"),
            rule("router", "direct", "router.events", "path=direct"),
            rule("router", "queued", "router.events", "path=queue"),
            rule("router", "fallback", "router.events", "path=fallback"),
            rule("router", "transient", "router.events", "path=transient"),
            rule("router", "expired", "router.events", "path=expired"),
            rule("router", "failed", "router.events", "outcome=failed"),
            rule("router", "waiting", "router.batch.waiting.events"),
            rule("router", "fallbackNow", "router.fallback.events"),
            rule("router", "fallbackLimit", "router.fallback.limit.events"),
            rule("router", "fallbackRefused", "router.fallback.refused.events"),
            rule("queue", "depth", "queue.depth.events"),
            micros("queue", "oldestMicros", "queue.oldest.age"),
            rule("queue", "committed", "queue.events", "outcome=committed"),
            rule("queue", "expired", "queue.events", "outcome=expired"),
            rule("queue", "retried", "queue.events", "outcome=retried"),
            rule("queue", "dead", "queue.events", "outcome=dead"),
            rule("queue", "waits", "queue.retries"),
            rule("queue", "deadOpen", "queue.dead.letters.open"),
            rule("queue", "aged", "queue.age"),
            micros("queue", "ageMicros", "queue.age"),
            new Rule("persistence", "events", "millrace.persistence.batch.size.events", Reading.SUM, List.of()),
            rule("persistence", "commits", "persistence.commit"),
            micros("persistence", "commitMicros", "persistence.commit"),
            rule("persistence", "conflicts", "persistence.conflicts"),
            rule("persistence", "expired", "persistence.expired.events"),
            rule("persistence", "refused", "persistence.batch.refused.events"),
            rule("persistence", "waiting", "persistence.batch.waiting.events"),
            pool("poolWaits", Reading.NUMBER, "commits"),
            pool("poolMicros", Reading.MICROS, "commits"),
            rule("cache", "hits", "cache.reads", "level=near", "level=redis"),
            rule("cache", "misses", "cache.reads", "level=database"),
            rule("cache", "waiting", "cache.batch.waiting.events"),
            rule("broadcast", "connections", "broadcast.connections"),
            rule("broadcast", "streams", "broadcast.streams"),
            rule("broadcast", "deliveries", "broadcast.deliveries"),
            rule("broadcast", "bytes", "broadcast.delivered.bytes"),
            rule("broadcast", "slow", "broadcast.slow.consumers"),
            rule("broadcast", "dropped", "broadcast.dropped"),
            rule("broadcast", "fetched", "broadcast.fetched.events"),
            rule("broadcast", "delivered", "broadcast.delivery.latency"),
            micros("broadcast", "deliveryMicros", "broadcast.delivery.latency"),
            rule("sinks", "sent", "sink.events", "outcome=sent"),
            rule("sinks", "dead", "sink.events", "outcome=dead"),
            rule("sinks", "lag", "sink.lag.events"),
            rule("sinks", "failures", "sink.failures"),
            rule("aggregate", "events", "aggregate.events"),
            rule("aggregate", "waiting", "aggregate.waiting.streams"),
            rule("aggregate", "failures", "aggregate.failures"),
            rule("api", "reads", "api.read"),
            micros("api", "readMicros", "api.read"),
            rule("http", "connections", "http.connections"),
            rule("http", "refused", "http.refused.requests"));

    private static final Map<String, List<Rule>> BY_METRIC = new HashMap<>();

    static {
        RULES.forEach(rule -> BY_METRIC
                .computeIfAbsent(rule.metric, name -> new ArrayList<>())
                .add(rule));
    }

    private final MeterRegistry metrics;
    private final long startNanos = System.nanoTime();

    public StageFigures(MeterRegistry metrics) {
        this.metrics = metrics;
    }

    /** The figures now, of the stages that have any; one that isn't known is left out. */
    public List<Figure> now() {
        Map<Rule, Double> sums = new HashMap<>();
        TreeMap<String, Figure> breakers = new TreeMap<>();
        for (Meter meter : metrics.getMeters()) {
            String name = meter.getId().getName();
            for (Rule rule : BY_METRIC.getOrDefault(name, List.of())) {
                if (rule.tags.isEmpty() || rule.tags.stream().anyMatch(tag -> has(meter, tag))) {
                    sums.merge(rule, read(meter, rule.reading), Double::sum);
                }
            }
            if (name.endsWith(BREAKER) || name.endsWith(UNANSWERED)) {
                Figure breaker = breaker(meter, name);
                breakers.put(breaker.stage() + breaker.name(), breaker);
            }
        }
        List<Figure> figures = new ArrayList<>();
        // Two of them are so far apart as the totals beside them, however late they come.
        figures.add(new Figure("node", "upMs", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos)));
        for (Rule rule : RULES) {
            Double sum = sums.get(rule);
            if (sum != null && Double.isFinite(sum)) {
                figures.add(new Figure(rule.stage, rule.figure, Math.round(sum)));
            }
        }
        breakers.values().stream().limit(2 * MAX_BREAKERS).forEach(figures::add);
        return figures;
    }

    /** {@code breaker.kafka}: 0 closed, 1 half-open, 2 open; {@code breaker.kafka.ms}: since when it isn't closed. */
    private static Figure breaker(Meter meter, String name) {
        String stage = name.split("\\.", 3)[1];
        String backend = String.valueOf(meter.getId().getTag("backend"));
        boolean state = name.endsWith(BREAKER);
        return new Figure(
                stage,
                "breaker." + backend + (state ? "" : ".ms"),
                Math.round(state ? read(meter, Reading.NUMBER) : read(meter, Reading.MICROS) / 1e3));
    }

    private static boolean has(Meter meter, String tag) {
        int equals = tag.indexOf('=');
        return tag.substring(equals + 1).equals(meter.getId().getTag(tag.substring(0, equals)));
    }

    private static double read(Meter meter, Reading reading) {
        Double found = meter.match(
                gauge -> gauge(gauge, reading),
                Counter::count,
                timer -> timer(timer, reading),
                summary -> summary(summary, reading),
                longTask -> Double.NaN,
                gauge -> gauge.value(TimeUnit.MICROSECONDS),
                counter -> counter.count(),
                timer -> Double.NaN,
                other -> Double.NaN);
        return found == null ? Double.NaN : found;
    }

    private static double gauge(Gauge gauge, Reading reading) {
        return reading == Reading.MICROS && gauge instanceof TimeGauge time
                ? time.value(TimeUnit.MICROSECONDS)
                : gauge.value();
    }

    private static double timer(Timer timer, Reading reading) {
        return reading == Reading.MICROS ? timer.totalTime(TimeUnit.MICROSECONDS) : timer.count();
    }

    private static double summary(DistributionSummary summary, Reading reading) {
        return reading == Reading.SUM ? summary.totalAmount() : summary.count();
    }
}
