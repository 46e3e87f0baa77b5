package io.millrace.platform.tracing;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.metrics.EnumCounters;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** OpenTelemetry's SDK with its exporter of OTLP over HTTP (protobuf), as the settings say. */
public final class Collector {
    private static final String NAME = "io.millrace";
    private static final int MAX_ATTRIBUTE = 512;

    /** {@link SpanQueue} says once what the exporter says of each request. Kept, since the JDK forgets a logger's level. */
    private static final Logger EXPORTER = Logger.getLogger("io.opentelemetry");

    private Collector() {}

    /**
     * The spans of a node; {@link Tracing#OFF} without a collector.
     *
     * @param node the node's name
     * @param version of the program; null if it isn't known
     */
    public static Tracing connect(
            TracingSettings settings,
            String node,
            @Nullable String version,
            List<String> stages,
            MeterRegistry metrics) {
        if (settings.endpoint() == null) {
            return Tracing.OFF;
        }
        EXPORTER.setLevel(Level.OFF);
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.endpoint().toString())
                .setCompression("gzip")
                .setConnectTimeout(settings.timeout())
                // What the collector doesn't take is lost, and counted: trying again would hold up what comes behind
                // it.
                .setRetryPolicy(null)
                .setTimeout(settings.timeout());
        settings.headers().forEach(exporter::addHeader);
        SpanQueue queue = new SpanQueue(
                exporter.build(), settings.endpoint().getHost(), settings.maxQueue(), settings.timeout(), metrics);
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(resource(settings, node, version, stages)))
                .setSpanLimits(SpanLimits.builder()
                        .setMaxAttributeValueLength(MAX_ATTRIBUTE)
                        .build())
                .addSpanProcessor(queue)
                .build();
        return new Tracing(new Tracing.On(
                provider.get(NAME),
                new EventSampler(settings.sample(), settings.rate(), System::nanoTime),
                new EnumCounters<>("millrace.tracing.events", "decision", EventSampler.Decision.class, metrics),
                () -> provider.shutdown().join(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)));
    }

    private static Resource resource(
            TracingSettings settings, String node, @Nullable String version, List<String> stages) {
        AttributesBuilder attributes = Attributes.builder()
                .put("service.name", settings.service())
                .put("service.instance.id", node)
                .put("millrace.stages", String.join(",", stages));
        if (version != null) {
            attributes.put("service.version", version);
        }
        settings.attributes().forEach(attributes::put);
        return Resource.create(attributes.build());
    }
}
