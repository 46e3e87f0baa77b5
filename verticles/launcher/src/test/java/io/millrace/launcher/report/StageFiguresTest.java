package io.millrace.launcher.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.contracts.cluster.NodeStatus.Figure;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a node publishes of its metrics, in the registry that nodes have. */
class StageFiguresTest {
    private final MeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private Map<String, Long> now() {
        Map<String, Long> now = new HashMap<>();
        for (Figure figure : new StageFigures(metrics).now()) {
            if (!figure.stage().equals("node")) {
                now.put(figure.stage() + " " + figure.name(), figure.value());
            }
        }
        return now;
    }

    @Test
    void metersOfOneMetricAreAddedUpByWhatTheirTagsSayAndThereIsNoFigureWithoutAMeter() {
        metrics.counter("millrace.ingest.events", "outcome", "committed").increment(3);
        metrics.counter("millrace.ingest.events", "outcome", "queued").increment(4);
        metrics.counter("millrace.ingest.events", "outcome", "failed").increment(5);
        metrics.timer("millrace.persistence.commit", "lane", "0", "kind", "urgent")
                .record(Duration.ofMillis(2));
        metrics.timer("millrace.persistence.commit", "lane", "1", "kind", "urgent")
                .record(Duration.ofMillis(5));
        metrics.summary("millrace.persistence.batch.size.events", "batcher", "urgent-0")
                .record(11);
        assertEquals(
                Map.of(
                        "ingest accepted", 7L,
                        "ingest refused", 5L,
                        "persistence commits", 2L,
                        "persistence commitMicros", 7_000L,
                        "persistence events", 11L),
                now());
    }

    @Test
    void whatIsNotKnownIsLeftOut() {
        Gauge.builder("millrace.queue.dead.letters.open", () -> Double.NaN).register(metrics);
        TimeGauge.builder("millrace.queue.oldest.age", () -> 3, TimeUnit.SECONDS)
                .register(metrics);
        assertEquals(Map.of("queue oldestMicros", 3_000_000L), now());
    }

    @Test
    void breakersSayTheirStateAndSinceWhenAndOnlySoManyAreTold() {
        IntStream.range(0, 100).forEach(i -> {
            Gauge.builder("millrace.router.breaker.state", () -> 2)
                    .tag("backend", "b" + i)
                    .register(metrics);
            TimeGauge.builder("millrace.router.breaker.unanswered", () -> 40, TimeUnit.SECONDS)
                    .tag("backend", "b" + i)
                    .register(metrics);
        });
        Map<String, Long> now = now();
        assertEquals(64, now.size());
        assertEquals(2, now.get("router breaker.b0"));
        assertEquals(40_000, now.get("router breaker.b0.ms"));
        assertTrue(now.keySet().stream().allMatch(figure -> figure.startsWith("router breaker.")));
    }
}
