package io.millrace.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.Headers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.event.Event;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import io.millrace.platform.tracing.Collector;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Tracing;
import io.millrace.platform.tracing.TracingSettings;
import io.millrace.testkit.tracing.OtlpCollector;
import io.millrace.testkit.tracing.ReceivedSpan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a collector gets by the settings, and what it costs not to have one. */
class CollectorTest {
    private final MeterRegistry metrics = new SimpleMeterRegistry();

    @Test
    void spansComeWithTheCredentialAndWhatTheOperatorSaysOfTheNode() throws Exception {
        try (OtlpCollector collector = new OtlpCollector(0)) {
            TracingSettings settings = settings(
                    Map.of("MILLRACE_TRACING_HEADERS", "Authorization=Basic%20a+b%3D%3D, x-tenant=shop"),
                    Map.of(
                            "tracing.endpoint", "http://127.0.0.1:" + collector.port(),
                            "tracing.sample", "1",
                            "tracing.service", "shop-events",
                            "tracing.attributes", "deployment.environment.name=test"));
            Tracing tracing = Collector.connect(settings, "node-1", "1.2.3", List.of("ingest", "router"), metrics);
            EventSpan span = tracing.accept(event(), 1).span();
            assertNotNull(span);
            span.end();
            // As a node stops: what waits is sent.
            tracing.close();

            assertEquals(1, collector.spans().size());
            ReceivedSpan got = collector.spans().get(0);
            assertEquals("ingest order:created", got.name());
            assertEquals(span.trace().traceId(), got.traceId());
            assertEquals("shop-events", got.resource().get("service.name"));
            assertEquals("1.2.3", got.resource().get("service.version"));
            assertEquals("node-1", got.resource().get("service.instance.id"));
            assertEquals("ingest,router", got.resource().get("millrace.stages"));
            assertEquals("test", got.resource().get("deployment.environment.name"));
            Headers headers = collector.requests().get(0);
            assertEquals("Basic a+b==", headers.getFirst("Authorization"));
            assertEquals("shop", headers.getFirst("x-tenant"));
            assertEquals(1, spans("exported"));
            assertFalse(settings.toString().contains("Basic"), settings::toString);
        }
    }

    @Test
    void aCollectorThatIsNotThereLosesSpansAndNothingElse() throws Exception {
        OtlpCollector gone = new OtlpCollector(0);
        String endpoint = gone.endpoint();
        gone.close();
        Tracing tracing = Collector.connect(
                settings(Map.of(), Map.of("tracing.endpoint", endpoint, "tracing.sample", "1")),
                "node-1",
                null,
                List.of(),
                metrics);
        EventSpan span = tracing.accept(event(), 1).span();
        assertNotNull(span);
        span.end();
        await().until(() -> spans("failed") == 1);
        tracing.close();
    }

    @Test
    void withoutACollectorThereIsNoThreadAndNoMeter() throws Exception {
        Tracing tracing = Collector.connect(settings(Map.of(), Map.of()), "node-1", null, List.of(), metrics);
        assertSame(Tracing.OFF, tracing);
        assertEquals(List.of(), metrics.getMeters());
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("millrace-tracing")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tracing.endpoint | collector:4318",
                "tracing.endpoint | grpc://collector:4317",
                "tracing.endpoint | http://user:secret@collector:4318",
                "tracing.attributes | production",
                "tracing.attributes | a b=c",
                "tracing.sample | -1",
                "tracing.rate | 0"
            })
    void aMistakeIsNamed(String setting, String value) {
        InvalidConfigurationException wrong =
                assertThrows(InvalidConfigurationException.class, () -> settings(Map.of(), Map.of(setting, value)));
        assertTrue(wrong.problems().toString().contains(setting), () -> wrong.problems()
                .toString());
        assertFalse(wrong.problems().toString().contains("secret@"), () -> wrong.problems()
                .toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"hidden", "Authorization=hid%0Aden", "Authorization=%zzhidden", "=hidden"})
    void aMistakeInTheCredentialIsNamedWithoutIt(String headers) {
        InvalidConfigurationException wrong = assertThrows(
                InvalidConfigurationException.class,
                () -> settings(Map.of("MILLRACE_TRACING_HEADERS", headers), Map.of()));
        assertTrue(wrong.problems().toString().contains("MILLRACE_TRACING_HEADERS"), () -> wrong.problems()
                .toString());
        assertFalse(wrong.problems().toString().contains("hid"), () -> wrong.problems()
                .toString());
    }

    private double spans(String outcome) {
        return metrics.counter("millrace.tracing.spans", "outcome", outcome).count();
    }

    private static Event event() {
        return Event.builder("e-1", "order:created", "shop").stream("orders")
                .acceptedAtMicros(System.currentTimeMillis() * 1000)
                .build();
    }

    private static TracingSettings settings(Map<String, String> environment, Map<String, String> given)
            throws InvalidConfigurationException {
        Settings settings = Settings.load(null, new HashMap<>(environment), new HashMap<>(given));
        TracingSettings read = TracingSettings.from(settings);
        settings.check();
        return read;
    }
}
