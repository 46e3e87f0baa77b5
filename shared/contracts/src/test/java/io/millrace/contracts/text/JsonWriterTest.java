package io.millrace.contracts.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonWriterTest {
    @Test
    void encodedJsonIsAllowedWhereAnyValueIs() {
        byte[] object = JsonWriter.object(json -> {
            json.writeStringField("name", "\"ü\"");
            json.writeJsonField("first", bytes("{\"n\":1.10}"));
            json.writeArrayFieldStart("all");
            json.writeJson(bytes("[]"));
            json.writeJson(bytes("{\"🙂\":null}"));
            json.writeNumber(7);
            json.writeEndArray();
        });
        assertEquals(
                "{\"name\":\"\\\"ü\\\"\",\"first\":{\"n\":1.10},\"all\":[[],{\"🙂\":null},7]}",
                new String(object, StandardCharsets.UTF_8));
    }

    @Test
    void aListHasNoMembers() {
        assertEquals(
                "[]",
                new String(
                        JsonWriter.value(json -> {
                            json.writeStartArray();
                            json.writeEndArray();
                        }),
                        StandardCharsets.UTF_8));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
