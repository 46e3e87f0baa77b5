package io.millrace.platform.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.millrace.contracts.event.Event;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of W3C Trace Context (3.2) for a {@code traceparent}, and where an event has it. */
class TraceParentTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String VALID = "00-" + TRACE + "-" + SPAN + "-01";

    @ParameterizedTest
    @CsvSource({
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, true",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00, false",
        // Flags that this version doesn't know.
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03, true",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe, false",
        // A later version, with more behind what this one knows.
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01, true",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-will-be-like, true"
    })
    void aValidOneIsRead(String text, boolean sampled) {
        assertEquals(new TraceParent(TRACE, SPAN, sampled), TraceParent.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "from afar",
                // Not a version.
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                // All zeros.
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                // Upper case, no digits, too short, too long, otherwise divided.
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
                "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            })
    void anInvalidOneIsNone(String text) {
        assertNull(TraceParent.parse(text));
    }

    @Test
    void itIsWrittenInTheVersionThatIsKnown() {
        TraceParent read = TraceParent.parse("cc-" + TRACE + "-" + SPAN + "-ff-more");
        assertNotNull(read);
        assertEquals(VALID, read.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"traceparent\":\"" + VALID + "\"}",
                "{\"category\":\"a\",\"traceparent\":\"" + VALID + "\",\"tags\":[\"x\"]}",
                // A tag that looks like the member.
                "{\"tags\":[\"\\\"traceparent\\\":\\\"00-1bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\\\"\"],"
                        + "\"traceparent\":\"" + VALID + "\"}"
            })
    void anEventHasItInItsMetadata(String metadata) {
        assertEquals(new TraceParent(TRACE, SPAN, true), TraceParent.of(event(metadata)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"traceparent\":\"00-ab-cd-01\"}",
                "{\"category\":\"traceparent\",\"tags\":[\"4bf92f3577b34da6a3ce929d0e0e4736\",\"00f067aa0ba902b7-01\"]}",
                "{\"tags\":[\"\\\"traceparent\\\":\\\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\\\"\"]}",
                "{\"category\":\"0123456789012345678901234567890123456789012345678901234567\",\"traceparent\":\""
            })
    void otherMetadataHasNone(String metadata) {
        assertNull(TraceParent.of(event(metadata)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                             | {\"traceparent\":\"T\"}",
                "{\"tags\":[\"é\"],\"traceparent\":\"nonsense\"} | {\"tags\":[\"é\"],\"traceparent\":\"T\"}"
            })
    void anEventGetsAnother(String before, String after) {
        TraceParent trace = new TraceParent(TRACE, SPAN, true);
        Event event = trace.in(event(before));
        assertEquals(after.replace("T\"", VALID + "\""), new String(event.metadata(), StandardCharsets.UTF_8));
        assertEquals(trace, TraceParent.of(event));
        assertSame("e-1", event.id());
    }

    private static Event event(String metadata) {
        return Event.builder("e-1", "order:created", "shop")
                .metadata(metadata.getBytes(StandardCharsets.UTF_8))
                .build();
    }
}
