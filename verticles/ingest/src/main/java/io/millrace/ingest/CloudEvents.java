package io.millrace.ingest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.MultiMap;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** CloudEvents 1.0 in words of our own form: {@code time} is {@code timestamp}, some extensions are {@code metadata}. */
final class CloudEvents {
    static final String STRUCTURED = "application/cloudevents+json";
    static final String BATCHED = "application/cloudevents-batch+json";
    private static final String PREFIX = "ce-";

    private CloudEvents() {}

    /** The binary form: attributes in {@code ce-*} headers, the body is the data. */
    static Draft binary(MultiMap headers, byte[] body) {
        Draft draft = new Draft();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(PREFIX)) {
                attribute(draft, name.substring(PREFIX.length()), percentDecoded(header.getValue()));
            }
        }
        draft.data = EnvelopeReader.value(body);
        draft.dataBytes = JsonText.oneLine(body, 0, body.length);
        return draft;
    }

    static void requireVersion(String version) {
        if (!version.equals("1.0")) {
            throw EventChecks.invalid("/specversion", "is " + version + "; this is CloudEvents 1.0");
        }
    }

    static void requireJson(String contentType) {
        if (!contentType.startsWith("application/json") && !contentType.contains("+json")) {
            throw new MillraceException(
                    Failure.UNSUPPORTED_MEDIA_TYPE, "datacontenttype is " + contentType + "; only JSON data is taken");
        }
    }

    /** An extension attribute; the ones that mean nothing here are left out, as the specification allows. */
    static void extension(Draft draft, String name, JsonNode value) {
        switch (name) {
            case "priority", "category", "traceparent" -> draft.meta(name, value);
            case "tags" -> draft.meta(name, tags(value));
            case "expiresat" -> draft.meta("expiresAt", value);
            case "expectedversion" -> draft.meta("expectedVersion", number(value));
            default -> {}
        }
    }

    private static void attribute(Draft draft, String name, String value) {
        switch (name) {
            case "specversion" -> requireVersion(value);
            case "id" -> draft.id = value;
            case "type" -> draft.type = value;
            case "source" -> draft.source = value;
            case "time" -> draft.timestamp = value;
            default -> extension(draft, name, JsonNodeFactory.instance.textNode(value));
        }
    }

    /** Attributes are scalars, so several tags are one string, separated by commas. */
    private static JsonNode tags(JsonNode value) {
        if (!value.isTextual()) {
            return value;
        }
        var list = JsonNodeFactory.instance.arrayNode();
        for (String tag : value.asText().split(",", -1)) {
            list.add(tag.strip());
        }
        return list;
    }

    private static JsonNode number(JsonNode value) {
        return value.isTextual() && value.asText().matches("\\d{1,18}")
                ? JsonNodeFactory.instance.numberNode(Long.parseLong(value.asText()))
                : value;
    }

    /** HTTP protocol binding 1.0.2, §3.1.3.2; a plus sign stands for itself. */
    private static String percentDecoded(String value) {
        if (value.indexOf('%') < 0) {
            return value;
        }
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException badEscape) {
            return value;
        }
    }
}
