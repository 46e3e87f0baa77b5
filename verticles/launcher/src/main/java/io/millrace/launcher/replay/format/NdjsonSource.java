package io.millrace.launcher.replay.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.mapping.MappedEvent;
import io.millrace.mapping.MappingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event a line: Millrace's own, or structured CloudEvents, told apart by {@code specversion}. Lines are posted
 * unchanged; one without an id gets one derived from all lines up to it, so that it may be sent twice.
 */
public final class NdjsonSource implements EventSource {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final LineReader lines;
    private final PrefixHash hash;

    private NdjsonSource(LineReader lines, FileResumePoint resume) {
        this.lines = lines;
        this.hash = new PrefixHash(new byte[0], resume.marks());
    }

    /**
     * Opens a file at its resume point.
     *
     * @throws IOException if the file can't be read, or if continuing would send earlier events with other ids
     */
    public static NdjsonSource open(InputFile file, FileResumePoint resume) throws IOException {
        if (resume.changed() && resume.from() > 0) {
            requireIds(file, resume);
        }
        return at(file, resume);
    }

    private static NdjsonSource at(InputFile file, FileResumePoint resume) throws IOException {
        NdjsonSource source = new NdjsonSource(new LineReader(file.open()), resume);
        while (source.hash.rows() < resume.from() && source.line() != null) {
            // Read for the hash only.
        }
        return source;
    }

    /** Refuses a changed file: later lines would get other ids, and be duplicated. */
    private static void requireIds(InputFile file, FileResumePoint resume) throws IOException {
        try (NdjsonSource source = at(file, resume)) {
            for (byte[] line = source.line(); line != null; line = source.line()) {
                long row = source.hash.rows();
                if (row > resume.sent()) {
                    return;
                }
                if (row > resume.from() + 1 && hasNoId(line)) {
                    throw new IOException(
                            file.path() + ": line " + row + " has no id, and the file has changed after line "
                                    + resume.from() + " since its " + resume.sent()
                                    + " lines were sent: to send them again would"
                                    + " double them. Replay the changed lines as a file of their own, or give every line an id;"
                                    + " --restart sends the whole file again");
                }
            }
        }
    }

    private static boolean hasNoId(byte[] line) {
        try {
            return JSON.readTree(line) instanceof ObjectNode event && !event.has("id");
        } catch (IOException noEvent) {
            return false;
        }
    }

    @Override
    public PrefixHash hash() {
        return hash;
    }

    @Override
    public @Nullable MappedRows next() throws IOException {
        byte[] bytes = line();
        if (bytes == null) {
            return null;
        }
        if (bytes.length >= LineReader.MAX_LINE) {
            return wrong("longer than " + LineReader.MAX_LINE + " bytes");
        }
        try {
            String line = LineReader.text(bytes, "line " + hash.rows());
            if (line.isBlank()) {
                return new MappedRows(1, List.of(), "blank line", null, hash.rows());
            }
            JsonNode node = JSON.readTree(line);
            return node instanceof ObjectNode event
                    ? new MappedRows(1, List.of(outgoing(event, line)), null, null, hash.rows())
                    : wrong("an event is a JSON object");
        } catch (MappingException bad) {
            return new MappedRows(1, List.of(), null, bad.getMessage(), hash.rows());
        } catch (JsonProcessingException notJson) {
            return wrong("no JSON: " + notJson.getOriginalMessage());
        }
    }

    private byte @Nullable [] line() throws IOException {
        byte[] line = lines.next();
        if (line != null) {
            hash.add(line);
        }
        return line;
    }

    private MappedEvent outgoing(ObjectNode event, String line) {
        boolean cloud = event.has("specversion");
        String id = event.path("id").asText();
        String json = line;
        if (!event.has("id")) {
            // The hash of all lines up to this one, the same in a file that grew, was renamed or compressed.
            id = hash.hash() + "/" + hash.rows();
            json = "{\"id\":\"" + id + (event.isEmpty() ? "\"" : "\",") + line.substring(line.indexOf('{') + 1);
        }
        return new MappedEvent(
                id,
                event.path("type").asText(),
                instant(event.path(cloud ? "time" : "timestamp").asText()),
                cloud ? MappedEvent.Form.CLOUDEVENTS : MappedEvent.Form.NATIVE,
                json.getBytes(StandardCharsets.UTF_8));
    }

    /** Null if the line isn't a JSON object: the server reports mistakes in events. */
    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Rfc3339.parse(text);
        } catch (DateTimeException wrong) {
            return null;
        }
    }

    private MappedRows wrong(String message) {
        return new MappedRows(1, List.of(), null, "line " + hash.rows() + ": " + message, hash.rows());
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
