package io.millrace.benchmarks.jmh;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.platform.tracing.Collector;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.Tracing;
import io.millrace.platform.tracing.TracingSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What tracing costs the threads that an ordinary event passes: the decision at ingest and the spans of its six hops. What
 * the exporter's own thread does beside it is in {@code TracingCostTest} of the system tests.
 */
public class TracingBenchmark extends MicroBenchmark {
    /** As by default: a loop without a pause makes more spans than anybody takes, and the others are dropped. */
    private static final int QUEUE = 4096;

    private static final List<Hop> HOPS = List.of(Hop.ROUTE, Hop.SEND, Hop.PROCESS, Hop.COMMIT, Hop.BROADCAST);

    private static final Event EVENT =
            Event.builder("01a1fd9a-0000-7000-8000-000000000001", "order:created", "shop/eu").stream("orders")
                    .metadata("{\"category\":\"commerce\",\"tags\":[\"eu\"]}".getBytes(StandardCharsets.UTF_8))
                    .build();

    /** One of so many events is traced. */
    @Param({"off", "100", "1"})
    private String sample = "off";

    private Tracing tracing = Tracing.OFF;
    private @Nullable HttpServer collector;

    @Setup
    public void start() throws IOException {
        if (sample.equals("off")) {
            return;
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
        collector = server;
        tracing = Collector.connect(
                new TracingSettings(
                        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces"),
                        Map.of(),
                        Integer.parseInt(sample),
                        1_000_000,
                        "millrace",
                        Map.of(),
                        QUEUE,
                        Duration.ofSeconds(5)),
                "benchmark",
                null,
                List.of("all"),
                new SimpleMeterRegistry());
    }

    /** Of one event, at all of its hops. */
    @Benchmark
    public Event event() {
        Tracing.Accepted accepted = tracing.accept(EVENT, 1);
        for (Hop hop : HOPS) {
            EventSpan span = tracing.begin(hop, accepted.event());
            if (span != null) {
                span.end();
            }
        }
        if (accepted.span() != null) {
            accepted.span().end();
        }
        return accepted.event();
    }

    @TearDown
    public void close() {
        tracing.close();
        if (collector != null) {
            Objects.requireNonNull(collector).stop(0);
        }
    }
}
