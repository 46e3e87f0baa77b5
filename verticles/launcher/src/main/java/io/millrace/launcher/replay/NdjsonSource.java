package io.millrace.launcher.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event a line: Millrace's own, or structured CloudEvents, told apart by {@code specversion}. Lines are posted as they
 * stand; one without an id gets one made of the file and the line, so that it may be sent twice.
 */
final class NdjsonSource implements EventSource {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final BufferedReader lines;
    private final String fingerprint;
    private long read;

    private NdjsonSource(BufferedReader lines, String fingerprint) {
        this.lines = lines;
        this.fingerprint = fingerprint;
    }

    /** Opens a file at the line after the first {@code from}. */
    static NdjsonSource open(InputFile file, long from) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(file.open(), StandardCharsets.UTF_8));
        NdjsonSource source = new NdjsonSource(lines, file.fingerprint());
        while (source.read < from) {
            if (source.line() == null) {
                lines.close();
                throw new EOFException(file.path() + " has fewer lines than were sent the last time");
            }
        }
        return source;
    }

    @Override
    public @Nullable Step next() throws IOException {
        String line = line();
        if (line == null) {
            return null;
        }
        if (line.isBlank()) {
            return new Step(1, List.of(), "blank line", null, read);
        }
        try {
            JsonNode node = JSON.readTree(line);
            return node instanceof ObjectNode event
                    ? new Step(1, List.of(outgoing(event, line)), null, null, read)
                    : wrong("an event is a JSON object");
        } catch (JsonProcessingException notJson) {
            return wrong("no JSON: " + notJson.getOriginalMessage());
        }
    }

    private @Nullable String line() throws IOException {
        String line = lines.readLine();
        if (line != null) {
            read++;
        }
        return line;
    }

    private Outgoing outgoing(ObjectNode event, String line) throws JsonProcessingException {
        boolean cloud = event.has("specversion");
        String json = line;
        if (!event.has("id")) {
            json = JSON.writeValueAsString(event.put("id", fingerprint + "/" + read));
        }
        return new Outgoing(
                event.path("id").asText(),
                event.path("type").asText(),
                instant(event.path(cloud ? "time" : "timestamp").asText()),
                cloud ? Outgoing.Form.CLOUDEVENTS : Outgoing.Form.NATIVE,
                json.getBytes(StandardCharsets.UTF_8));
    }

    /** Null if it is none: what is wrong with an event is the server's to say. */
    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException wrong) {
            return null;
        }
    }

    private Step wrong(String message) {
        return new Step(1, List.of(), null, "line " + read + ": " + message, read);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
