package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.millrace.testkit.tracing.OtlpCollector;
import io.millrace.testkit.tracing.ReceivedSpan;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The trace of an event over two nodes, from its sender's {@code traceparent} to the socket: one tree in a collector that
 * speaks OTLP, whichever way it goes; and what stays as it is while there is none.
 */
@Order(90)
final class TracingTest {
    private static final String SENDER = "00f067aa0ba902b7";

    /** Of each span its parent, by name; the sender's span by its id. */
    private static final Map<String, String> URGENT = Map.of(
            "ingest order:created", SENDER,
            "route order:created", "ingest order:created",
            "commit order:created", "ingest order:created",
            "broadcast order:created", "ingest order:created");

    private static final Map<String, String> ORDINARY = Map.of(
            "ingest inventory:updated", SENDER,
            "route inventory:updated", "ingest inventory:updated",
            "send millrace.events", "ingest inventory:updated",
            "process millrace.events", "send millrace.events",
            "commit inventory:updated", "ingest inventory:updated",
            "broadcast inventory:updated", "ingest inventory:updated");

    private static OwnServers servers;
    private static OtlpCollector collector;
    private static Pipeline pipeline;
    private static MillraceProcess second;

    @BeforeAll
    static void start() {
        servers = new OwnServers("tracing");
        collector = new OtlpCollector(0);
        pipeline = new Pipeline(
                Pipeline.Layout.ONE_PROCESS,
                Release.here(Repository.CONF),
                Repository.OUTPUTS,
                servers.running(),
                new Ports(),
                null,
                Map.of(
                        "tracing.endpoint", collector.endpoint(),
                        "tracing.sample", "0",
                        "tracing.timeout", "500ms",
                        "tracing.attributes", "deployment.environment.name=test"));
        second = pipeline.add("broadcast").get(0);
    }

    @AfterAll
    static void stop() {
        pipeline.close();
        collector.close();
        servers.close();
    }

    @Test
    void anUrgentEventIsOneTreeOverTwoNodes() {
        assertTree(Shop.order(), Shop.ORDERS, URGENT);
    }

    @Test
    void anOrdinaryEventIsOneTreeThroughKafka() {
        assertTree(Shop.stock(), Shop.INVENTORY, ORDINARY);
    }

    private void assertTree(JsonObject event, String stream, Map<String, String> parents) {
        String trace = trace();
        JsonObject shown = shown(event, stream, "00-" + trace + "-" + SENDER + "-01");
        await().until(() -> collector.spans(trace).size() >= parents.size());
        Map<String, ReceivedSpan> spans =
                collector.spans(trace).stream().collect(Collectors.toMap(ReceivedSpan::name, span -> span));
        assertEquals(parents.keySet(), spans.keySet());
        parents.forEach((name, parent) -> assertEquals(
                parent.equals(SENDER) ? SENDER : spans.get(parent).spanId(),
                spans.get(name).parentId(),
                name));

        // The socket's client goes on from the span of the ingest.
        ReceivedSpan ingest = spans.values().stream()
                .filter(span -> span.name().startsWith("ingest"))
                .findFirst()
                .orElseThrow();
        assertEquals(
                "00-" + trace + "-" + ingest.spanId() + "-01",
                shown.getJsonObject("data").getJsonObject("metadata").getString("traceparent"));
        assertEquals("SPAN_KIND_SERVER", ingest.kind());
        for (ReceivedSpan span : spans.values()) {
            assertEquals(event.getString("id"), span.attributes().get("messaging.message.id"), span::toString);
            assertEquals("millrace", span.resource().get("service.name"));
            assertEquals("test", span.resource().get("deployment.environment.name"));
            assertTrue(span.endNanos() >= span.startNanos(), span::toString);
        }
        Set<String> nodes = spans.values().stream()
                .map(span -> span.resource().get("service.instance.id"))
                .collect(Collectors.toSet());
        assertEquals(2, nodes.size(), "the broadcast is on the other node: " + spans);
    }

    @Test
    void whatTheSenderDoesNotRecordIsLeftAlone() {
        for (String given : List.of(
                "00-" + trace() + "-" + SENDER + "-00",
                "00-" + trace().toUpperCase(java.util.Locale.ROOT) + "-" + SENDER + "-01",
                "00-00000000000000000000000000000000-" + SENDER + "-01",
                "ff-" + trace() + "-" + SENDER + "-01",
                "x".repeat(6_000))) {
            JsonObject event = Shop.order();
            JsonObject metadata =
                    shown(event, Shop.ORDERS, given).getJsonObject("data").getJsonObject("metadata");
            assertEquals(
                    given.endsWith("-00") ? given : null, metadata == null ? null : metadata.getString("traceparent"));
        }
        // A trace behind them: what would have been sent before it has come.
        assertTree(Shop.order(), Shop.ORDERS, URGENT);
        assertEquals(
                List.of(),
                collector.spans().stream()
                        .filter(span -> span.parentId().isEmpty())
                        .toList());
    }

    @Test
    void aHugeTracestateIsNobodysProblem() {
        ApiResponse answer = api().post(
                        "application/json",
                        Shop.order().encode(),
                        "traceparent",
                        "00-" + trace() + "-" + SENDER + "-01",
                        "tracestate",
                        "vendor=" + "x".repeat(4_000));
        assertEquals(201, answer.status(), answer::toString);
    }

    @Test
    void aDeadLettersLogLineAndSpansNameItsTrace() throws IOException {
        String trace = trace();
        JsonObject poison = Shop.poison();
        ApiResponse answer =
                api().post("application/json", poison.encode(), "traceparent", "00-" + trace + "-" + SENDER + "-01");
        assertEquals(202, answer.status(), answer::toString);
        await().atMost(Duration.ofSeconds(30)).until(() -> log().contains("[trace " + trace + "] dead letter from"));
        // Each of the five attempts goes on from the record's first span.
        await().until(() -> collector.spans(trace).stream()
                        .filter(span -> span.name().startsWith("process"))
                        .count()
                == 5);
        assertEquals(
                Set.of("STATUS_CODE_ERROR"),
                collector.spans(trace).stream()
                        .filter(span -> span.name().startsWith("process"))
                        .map(ReceivedSpan::status)
                        .collect(Collectors.toSet()));
    }

    @Test
    void withoutACollectorEventsGoOnAndTheLostSpansAreCounted() {
        MetricsReader metrics = new MetricsReader(pipeline.front());
        double before = metrics.sum("millrace_tracing_spans_total{outcome=\"failed\"");
        collector.answer(503);
        String trace = trace();
        shown(Shop.stock(), Shop.INVENTORY, "00-" + trace + "-" + SENDER + "-01");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> metrics.sum("millrace_tracing_spans_total{outcome=\"failed\"") > before);
        collector.answer(200);
        assertTree(Shop.order(), Shop.ORDERS, URGENT);
        await().until(() -> log().contains("takes spans again"));
    }

    /** Publishes an event with a header; returns it as it comes to a socket of the other node. */
    private static JsonObject shown(JsonObject event, String stream, String traceparent) {
        try (SocketClient client =
                SocketClient.open(second.uri("/api/ws"), pipeline.signer().token("op", "admin"))) {
            StreamLog log = client.subscribe(stream);
            ApiResponse answer = api().post("application/json", event.encode(), "traceparent", traceparent);
            assertEquals(2, answer.status() / 100, answer::toString);
            await().until(() -> log.has(event.getString("id")));
            return log.message(event.getString("id"));
        }
    }

    private static ApiClient api() {
        return pipeline.api("op", "admin");
    }

    private static String log() throws IOException {
        return Files.readString(
                Repository.OUTPUTS.resolve("millrace-" + pipeline.front().name() + ".log"));
    }

    private static String trace() {
        return String.format("%016x%016x", ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE), 1L);
    }
}
