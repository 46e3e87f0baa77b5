package io.millrace.platform.tracing;

import io.millrace.platform.settings.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where spans go, and of which events.
 *
 * @param endpoint where a collector takes OTLP over HTTP; null for no tracing
 * @param headers of each request to it, with its credential
 * @param sample of so many events without a traceparent one starts a trace; 0 for none
 * @param rate the most events a second that are traced at one node
 * @param service the service's name in the spans
 * @param attributes of the resource, beside those that Millrace knows
 * @param maxQueue spans that may wait for the collector
 * @param timeout how long one request may take
 */
public record TracingSettings(
        @Nullable URI endpoint,
        Map<String, String> headers,
        int sample,
        int rate,
        String service,
        Map<String, String> attributes,
        int maxQueue,
        Duration timeout) {
    private static final String ENDPOINT = "tracing.endpoint";
    private static final String HEADERS = "tracing.headers";
    private static final String ATTRIBUTES = "tracing.attributes";

    public static TracingSettings from(Settings settings) {
        String secret = settings.secret(HEADERS);
        return new TracingSettings(
                endpoint(settings),
                pairs(settings, HEADERS, secret == null ? List.of() : List.of(secret.split(",", -1))),
                settings.integer("tracing.sample", 100, 0, 1_000_000),
                settings.integer("tracing.rate", 100, 1, 1_000_000),
                settings.text("tracing.service", "millrace"),
                pairs(settings, ATTRIBUTES, settings.texts(ATTRIBUTES, List.of())),
                settings.integer("tracing.queue.max", 4096, 16, 1_000_000),
                settings.duration(
                        "tracing.timeout", Duration.ofSeconds(5), Duration.ofMillis(100), Duration.ofMinutes(1)));
    }

    /** Without the headers, of which one is a credential. */
    @Override
    public String toString() {
        return "TracingSettings[endpoint=" + endpoint + ", sample=" + sample + ", rate=" + rate + "]";
    }

    private static @Nullable URI endpoint(Settings settings) {
        String text = settings.optionalText(ENDPOINT);
        if (text == null) {
            return null;
        }
        try {
            URI uri = new URI(text);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getUserInfo() == null) {
                boolean bare = uri.getPath().isEmpty() || uri.getPath().equals("/");
                return bare ? uri.resolve("/v1/traces") : uri;
            }
        } catch (URISyntaxException wrong) {
            // Reported below, as any other address that can't be used.
        }
        settings.refuse(
                ENDPOINT,
                "is not the address of a collector: http://host:4318/v1/traces, or https; a credential belongs in "
                        + HEADERS);
        return null;
    }

    /** As OpenTelemetry's own variables have them: {@code name=value}, the value percent-encoded. The values stay unsaid. */
    private static Map<String, String> pairs(Settings settings, String setting, List<String> items) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String item : items) {
            int equals = item.indexOf('=');
            String name = equals < 0 ? "" : item.substring(0, equals).strip();
            if (!name.matches("[\\w.!#$%&'*+^`|~-]+")) {
                settings.refuse(setting, "is not a list of name=value with commas between");
                return Map.of();
            }
            try {
                // A plus sign is one, as in a Base64 credential.
                String value = item.substring(equals + 1).strip().replace("+", "%2B");
                pairs.put(name, printable(URLDecoder.decode(value, StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException wrong) {
                settings.refuse(setting, "has a value with a wrong percent-encoding, or a control character");
                return Map.of();
            }
        }
        return pairs;
    }

    private static String printable(String value) {
        if (value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a control character");
        }
        return value;
    }
}
