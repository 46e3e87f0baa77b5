package io.millrace.ingest.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.ingest.Refused;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CloudEventsTest {
    @Test
    void theBinaryFormHasItsAttributesInHeaders() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("CE-SpecVersion", "1.0")
                .add("ce-id", "a%20b%2Bc+d")
                .add("ce-type", "order:created")
                .add("ce-source", "/shop/%C3%A9")
                .add("ce-time", "2026-01-31T09:30:00Z")
                .add("ce-priority", "high")
                .add("ce-tags", "eu,de")
                .add("ce-expectedversion", "3")
                .add("ce-unheardof", "x")
                .add("content-type", "application/json");
        RawEvent draft = CloudEvents.binary(headers, bytes("{\n\"x\":1}"));
        assertEquals("a b+c+d", draft.id);
        assertEquals("order:created", draft.type);
        assertEquals("/shop/é", draft.source);
        assertEquals("2026-01-31T09:30:00Z", draft.timestamp);
        assertEquals("{ \"x\":1}", new String(Objects.requireNonNull(draft.dataBytes), StandardCharsets.UTF_8));
        JsonNode metadata = Objects.requireNonNull(draft.metadata);
        assertEquals("high", metadata.path("priority").asText());
        assertEquals("[\"eu\",\"de\"]", metadata.path("tags").toString());
        assertEquals(3, metadata.path("expectedVersion").asInt());
        assertEquals(3, metadata.size());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "100%          | 100%",
                "%zz%4         | %zz%4",
                "a%20b         | a b",
                "%E2%82%AC     | €",
                "%e2%82%ac     | €",
                "%2525         | %25",
                "a+b           | a+b",
                "\"a \\\"b\\\\ c\" | a \"b\\ c",
                "\"a%20b\"      | a b",
                "Ã©            | é"
            })
    void aHeaderIsReadByTheRulesOfTheBinding(String header, String value) {
        assertEquals(value, CloudEventHeader.of("id", header));
    }

    @Test
    void aHeaderThatIsNotUtf8IsRefused() {
        Refused.at("/id", () -> CloudEventHeader.of("id", "%C3%28"));
        Refused.at("/id", () -> CloudEventHeader.of("id", "%ED%A0%80"));
        Refused.at("/id", () -> CloudEventHeader.of("id", "\u00e9"));
    }

    @Test
    void anotherVersionOfTheSpecificationIsRefused() {
        RawEvent binary = CloudEvents.binary(headers("ce-specversion", "0.3"), bytes("{}"));
        Refused.at("/specversion", Objects.requireNonNull(binary.wrong));
        RawEvent draft = structured("{\"specversion\":\"2.0\",\"data\":{}}");
        Refused.at("/specversion", Objects.requireNonNull(draft.wrong));
    }

    @Test
    void dataMustBeJson() {
        assertEquals(
                Failure.BAD_MESSAGE,
                Objects.requireNonNull(CloudEvents.binary(headers("ce-id", "1"), bytes("<xml/>")).wrong)
                        .failure());
        assertEquals(
                Failure.UNSUPPORTED_MEDIA_TYPE,
                Objects.requireNonNull(structured("{\"datacontenttype\":\"text/xml\",\"data\":{}}").wrong)
                        .failure());
        Refused.at("/data_base64", Objects.requireNonNull(structured("{\"data_base64\":\"PHg+\"}").wrong));
    }

    private static RawEvent structured(String json) {
        byte[] body = bytes(json);
        return EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.CLOUDEVENTS);
    }

    private static MultiMap headers(String name, String value) {
        return MultiMap.caseInsensitiveMultiMap().add(name, value);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
