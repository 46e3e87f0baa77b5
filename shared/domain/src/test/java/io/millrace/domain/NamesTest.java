package io.millrace.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.model.FieldPath;
import io.millrace.domain.model.StreamTemplate;
import io.millrace.domain.yaml.Durations;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields, streams, durations, suggestions. */
@NullUnmarked
class NamesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void aFieldIsReadAsText() throws Exception {
        JsonNode data = JSON.readTree(
                """
                {"a":"x","b":7,"c":1.5,"d":true,"e":null,"f":{"g":"deep"},"h":["list"],"i":""}
                """);
        assertEquals("x", FieldPath.compile("data.a").text(data));
        assertEquals("7", FieldPath.compile("data.b").text(data));
        assertEquals("1.5", FieldPath.compile("data.c").text(data));
        assertEquals("true", FieldPath.compile("data.d").text(data));
        assertNull(FieldPath.compile("data.e").text(data));
        assertNull(FieldPath.compile("data.f").text(data));
        assertEquals("deep", FieldPath.compile("data.f.g").text(data));
        assertNull(FieldPath.compile("data.h").text(data));
        assertNull(FieldPath.compile("data.a.b").text(data));
        assertNull(FieldPath.compile("data.nothing.there").text(data));
        assertEquals("", FieldPath.compile("data.i").text(data));
        assertEquals("data.f.g", FieldPath.compile("data.f.g").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "data", "data.", "data..a", "data.a.", "customerId", "metadata.x", "data.{a}"})
    void whatIsNoFieldPathIsRefused(String path) {
        assertThrows(IllegalArgumentException.class, () -> FieldPath.compile(path));
    }

    @Test
    void aKeyMakesAStreamsNameIfItCanBeOne() {
        StreamTemplate rooms = StreamTemplate.compile("room:{data.roomId}");
        assertEquals("room:42", rooms.of("42"));
        assertEquals("data.roomId", String.valueOf(rooms.key()));
        assertNull(rooms.of(""));
        assertNull(rooms.of("a b"));
        assertNull(StreamTemplate.compile("rooms").of("42"));
        assertNull(StreamTemplate.compile("rooms").key());
    }

    @Test
    void aFixedStreamIsOneAndTheSameName() throws Exception {
        StreamTemplate orders = StreamTemplate.compile("orders");
        assertFalse(orders.keyed());
        assertSame(orders.resolve(JSON.readTree("{}")), orders.resolve(JSON.readTree("{\"a\":1}")));
        assertTrue(orders.matches("orders"));
        assertFalse(orders.matches("orders2"));
        assertNull(orders.keyOf("orders"));
    }

    @Test
    void aKeyedStreamTakesItsKeyFromTheData() throws Exception {
        StreamTemplate rooms = StreamTemplate.compile("chat:room:{data.roomId}");
        assertTrue(rooms.keyed());
        assertEquals("chat:room:42", rooms.resolve(JSON.readTree("{\"roomId\":42}")));
        assertEquals("chat:room:Küche/🎉", rooms.resolve(JSON.readTree("{\"roomId\":\"Küche/🎉\"}")));
        assertNull(rooms.resolve(JSON.readTree("{}")));
        assertTrue(rooms.matches("chat:room:42"));
        assertFalse(rooms.matches("chat:room:"));
        assertFalse(rooms.matches("chat:rooms"));
        assertEquals("42", rooms.keyOf("chat:room:42"));
        assertEquals("chat:room:{data.roomId}", rooms.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\tb", "a\nb", "a\u00a0b", "a\u0000", "a\u200bb", "\u202eevil", "\ud800"})
    void anAmbiguousKeyIsInvalid(String key) {
        StreamTemplate rooms = StreamTemplate.compile("room:{data.id}");
        assertNull(rooms.resolve(JSON.createObjectNode().put("id", key)));
        assertFalse(rooms.matches("room:" + key));
    }

    @Test
    void aKeyHasABound() {
        StreamTemplate rooms = StreamTemplate.compile("room:{data.id}");
        assertEquals(
                133,
                rooms.resolve(JSON.createObjectNode().put("id", "x".repeat(128)))
                        .length());
        assertNull(rooms.resolve(JSON.createObjectNode().put("id", "x".repeat(129))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a b",
                "{data.id}",
                "room:{data.id",
                "room:{data.id}:x",
                "room:{id}",
                "café",
                "a:{data.x}{data.y}"
            })
    void whatIsNoStreamIsRefused(String template) {
        assertThrows(IllegalArgumentException.class, () -> StreamTemplate.compile(template));
    }

    @Test
    void durationsAreReadAndWritten() {
        assertEquals(Duration.ofMillis(500), Durations.parse("500ms"));
        assertEquals(Duration.ofDays(30), Durations.parse("30d"));
        for (String text : List.of("500ms", "10s", "15m", "12h", "30d", "90s", "0ms", "1500ms")) {
            assertEquals(text, Durations.text(Durations.parse(text)));
        }
        for (String text : List.of("", "5", "s", "-5s", "5 s", "1.5h", "5w", "99999999999s")) {
            assertNull(Durations.parse(text), text);
        }
    }

    @Test
    void aSuggestionIsNearOrNone() {
        List<String> names = List.of("low", "normal", "high", "critical");
        assertEquals("high", Suggestions.closest("hgih", names));
        assertEquals("high", Suggestions.closest("HIGH", names));
        assertEquals("critical", Suggestions.closest("critcal", names));
        assertNull(Suggestions.closest("urgent", names));
        assertNull(Suggestions.closest("", names));
        assertNull(Suggestions.closest("x", List.of("y")));
    }

    @Test
    void prioritiesHaveNamesAndNumbers() {
        assertEquals(Priority.HIGH, Priority.of("high"));
        assertNull(Priority.of("HIGH"));
        assertNull(Priority.of(null));
        assertEquals(
                List.of("low", "low", "low", "normal", "normal", "normal", "high", "high", "high", "critical"),
                java.util.stream.IntStream.range(0, 10)
                        .mapToObj(n -> Priority.ofNumber(n).wire())
                        .toList());
        assertNull(Priority.ofNumber(-1));
        assertNull(Priority.ofNumber(10));
        assertTrue(Priority.HIGH.urgent() && Priority.CRITICAL.urgent());
        assertFalse(Priority.NORMAL.urgent() || Priority.LOW.urgent());
    }
}
