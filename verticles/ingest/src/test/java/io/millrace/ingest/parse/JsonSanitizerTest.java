package io.millrace.ingest.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.ingest.Refused;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSanitizerTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"t\":\"\\\\u0000\"}",
                "{\"t\":\"\\\\\\\\ud83d\"}",
                "{\"t\":\"\\ud83d\\ude00\\ud83d\\ude00\"}",
                "{\"t\":\"\\\"\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\"}",
                "{\"t\":\"plain é 漢 🙂\"}",
                "\"\\ud83d\\ude00\""
            })
    void whatCanBeStoredAndShownStaysAsItIs(String json) {
        assertEquals(json, oneLine(json));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\u0000\"",
                "\"\\\\\\u0000\"",
                "\"\\uD83D\"",
                "\"\\uD83D \\uDE00\"",
                "\"\\uDE00\\uD83D\"",
                "\"\\uD83D\\n\"",
                "\"\\uD83D\\uD83D\\uDE00\"",
                "\"\\udfff\""
            })
    void nulAndHalfPairsAreRefused(String json) {
        Refused.at("/data", () -> oneLine(json));
    }

    @Test
    void onlyTheStretchAskedForIsTakenAndTheBodyStaysAsItWas() {
        byte[] body = "x{\n}\u00e9".getBytes(StandardCharsets.UTF_8);
        assertEquals("{ }", new String(JsonSanitizer.oneLine(body, 1, 4), StandardCharsets.UTF_8));
        assertEquals('\n', body[2]);
    }

    private static String oneLine(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new String(JsonSanitizer.oneLine(bytes, 0, bytes.length), StandardCharsets.UTF_8);
    }
}
