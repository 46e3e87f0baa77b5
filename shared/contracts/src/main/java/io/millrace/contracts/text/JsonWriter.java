package io.millrace.contracts.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A generator of JSON as UTF-8 that takes values which are JSON already as their bytes. */
public final class JsonWriter extends JsonGeneratorDelegate {
    private static final JsonFactory JSON = new JsonFactory();

    private final ByteArrayOutputStream bytes;

    /** Writes a value, or the members of an object. */
    public interface Content {
        void writeTo(JsonWriter json) throws IOException;
    }

    private JsonWriter(JsonGenerator generator, ByteArrayOutputStream bytes) {
        super(generator);
        this.bytes = bytes;
    }

    /** An object of these members. */
    public static byte[] object(Content members) {
        return value(json -> {
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        });
    }

    public static byte[] value(Content value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonWriter json = new JsonWriter(JSON.createGenerator(bytes), bytes)) {
            value.writeTo(json);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return bytes.toByteArray();
    }

    /** @param json a whole value, as UTF-8 */
    public void writeJson(byte[] json) throws IOException {
        // The generator writes what belongs before a value, a comma or a colon.
        writeRawValue("");
        flush();
        bytes.write(json);
    }

    /** A member whose value is JSON already. */
    public void writeJsonField(String name, byte[] json) throws IOException {
        writeFieldName(name);
        writeJson(json);
    }
}
