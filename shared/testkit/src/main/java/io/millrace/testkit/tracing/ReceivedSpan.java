package io.millrace.testkit.tracing;

import java.util.Map;

/**
 * A span as a collector has received it.
 *
 * @param traceId in hexadecimal digits
 * @param parentId of the span that is its parent, in hexadecimal digits; empty if it has none
 * @param kind as OTLP names it, like {@code SPAN_KIND_SERVER}
 * @param status as OTLP names it, like {@code STATUS_CODE_ERROR}
 * @param startNanos since 1970 UTC
 * @param endNanos since 1970 UTC
 * @param attributes of the span, as texts
 * @param resource the attributes of the node, as texts
 */
public record ReceivedSpan(
        String traceId,
        String spanId,
        String parentId,
        String name,
        String kind,
        String status,
        long startNanos,
        long endNanos,
        Map<String, String> attributes,
        Map<String, String> resource) {}
