package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.millrace.testkit.tracing.OtlpCollector;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What tracing costs: the CPU time of a whole Millrace for an event, without tracing, with 1 % and with all of them traced. */
@Tag("long")
final class TracingCostTest {
    private static final int BATCH = 100;
    private static final int WARM_UP = 10_000;
    private static final int EVENTS = Integer.getInteger("millrace.events", 20_000);
    private static final int ROUNDS = Integer.getInteger("millrace.rounds", 3);

    private final Map<String, List<Double>> micros = new LinkedHashMap<>();

    @Test
    void aTracedEventCostsSoMuch() {
        try (OwnServers servers = new OwnServers("tracing-cost");
                OtlpCollector collector = new OtlpCollector(0)) {
            for (int round = 0; round < ROUNDS; round++) {
                measure(servers, "off", Map.of());
                measure(servers, "1 %", traced(collector, 100));
                measure(servers, "100 %", traced(collector, 1));
            }
        }
        micros.forEach((name, all) -> System.out.printf(
                "  tracing %s: %.1f µs of CPU an event (%s)%n",
                name, all.stream().sorted().toList().get(ROUNDS / 2), all));
        assertEquals(3, micros.size());
    }

    private static Map<String, String> traced(OtlpCollector collector, int sample) {
        return Map.of(
                "tracing.endpoint",
                collector.endpoint(),
                "tracing.sample",
                Integer.toString(sample),
                "tracing.rate",
                "1000000",
                "tracing.queue.max",
                "1000000");
    }

    private void measure(OwnServers servers, String name, Map<String, String> settings) {
        try (Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS,
                        Release.here(Repository.CONF),
                        Repository.OUTPUTS,
                        servers.running(),
                        new Ports(),
                        null,
                        settings);
                SocketClient client = pipeline.socket("op", "admin")) {
            StreamLog log = client.subscribe(Shop.ORDERS);
            ApiClient admin = pipeline.api("op", "admin");
            publish(admin, log, WARM_UP);
            Duration before = cpu(pipeline);
            publish(admin, log, EVENTS);
            if (!settings.isEmpty()) {
                MetricsReader metrics = new MetricsReader(pipeline.front());
                await().until(() -> metrics.sum("millrace_tracing_waiting_spans") == 0);
                assertTrue(metrics.sum("millrace_tracing_spans_total{outcome=\"dropped\"") == 0);
            }
            double perEvent = cpu(pipeline).minus(before).toNanos() / 1e3 / EVENTS;
            micros.computeIfAbsent(name, first -> new ArrayList<>()).add(Math.round(perEvent * 10) / 10.0);
        }
    }

    private static Duration cpu(Pipeline pipeline) {
        return ProcessHandle.of(pipeline.front().pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .orElseThrow();
    }

    private static void publish(ApiClient admin, StreamLog log, int events) {
        int wanted = log.size() + events;
        for (int i = 0; i < events; i += BATCH) {
            List<JsonObject> batch = Stream.generate(Shop::order).limit(BATCH).toList();
            assertEquals(207, admin.post(batch).status());
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> log.size() >= wanted);
    }
}
