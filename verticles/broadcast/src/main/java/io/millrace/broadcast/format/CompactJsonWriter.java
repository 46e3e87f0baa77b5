package io.millrace.broadcast.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The compact form in JSON, a message a line. A UUID is {@code ~} and its bytes in base64url. */
final class CompactJsonWriter extends PayloadWriter {
    private static final JsonFactory JSON = new JsonFactory().setRootValueSeparator("\n");
    private static final String UUID_MARK = "~";

    private final ByteArrayOutputStream bytes;

    private CompactJsonWriter(
            JsonGenerator json, ByteArrayOutputStream bytes, StreamNumbers.@Nullable Numbered stream) {
        super(json, bytes, stream);
        this.bytes = bytes;
    }

    static CompactJsonWriter of(StreamNumbers.@Nullable Numbered stream) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try {
            return new CompactJsonWriter(JSON.createGenerator(bytes), bytes, stream);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    void value(byte[] known) throws IOException {
        // The generator writes the comma or the end of line before the value.
        json.writeRawValue("");
        json.flush();
        bytes.write(known);
    }

    @Override
    void id(UUID uuid) throws IOException {
        json.writeString(UUID_MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(uuid)));
    }

    static byte[] bytes(UUID uuid) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array();
    }

    @Override
    void id(String text) throws IOException {
        json.writeString(text.startsWith(UUID_MARK) ? UUID_MARK + text : text);
    }

    @Override
    void positionText(String position) throws IOException {
        json.writeString(position);
    }
}
