package io.millrace.contracts.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Generates JSON as UTF-8, with values that are JSON already inserted as bytes. */
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

    /** Generates an object with these members. */
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

    /** @param json a complete value in UTF-8 */
    public void writeJson(byte[] json) throws IOException {
        // The generator writes the comma or colon before the value.
        writeRawValue("");
        flush();
        bytes.write(json);
    }

    /** Writes a member whose value is JSON already. */
    public void writeJsonField(String name, byte[] json) throws IOException {
        writeFieldName(name);
        writeJson(json);
    }
}
