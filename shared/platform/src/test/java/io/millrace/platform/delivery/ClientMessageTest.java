package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClientMessageTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PositionCipher seal = new PositionCipher(Samples.bytes("thirty-two bytes of a secret key"));
    private final DomainModel domains;

    ClientMessageTest() throws InvalidConfigurationException {
        domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { orders: { stream: orders } }
                types:
                  "order:created": { namespace: orders }
                  "order:alarm": { namespace: orders, message: alert }
                roles: { admin: { see: ["*"] } }
                """);
    }

    @Test
    void aCommittedEventReadsAsTheProtocolSays() {
        ClientMessage message = ClientMessage.of(domains, Samples.committed("orders", "k3", 1042));
        assertEquals(
                "{\"type\":\"update\",\"timestamp\":\"2026-01-31T09:30:00.123Z\",\"stream\":\"orders\","
                        + "\"position\":\"k3:1042\",\"priority\":\"high\",\"data\":{\"id\":\"1042\",\"type\":\"order:created\","
                        + "\"source\":\"shop/eu\",\"data\":{\"total\":129.5},\"metadata\":{\"tags\":[\"eu\"]}}}",
                text(message.line()));
        assertEquals(1042, message.offset());
        assertTrue(message.unaddressed());
    }

    @Test
    void aMessageHasNoMoreBytesThanItsEventCounts() {
        for (String odd : List.of("x", "\"\\".repeat(60), "é漢🙂\u202e".repeat(20))) {
            Event event = Samples.event(odd, odd, "order:alarm", odd, null, null);
            ClientMessage message = ClientMessage.of(
                    domains, new CommittedEvent(event, new Position("k".repeat(16), Long.MAX_VALUE), 0, null));
            assertTrue(message.line().length <= event.size(), odd);
            assertTrue(message.sealedLine(seal).length <= event.size(), odd);
        }
    }

    @Test
    void aSealedLineDiffersInItsPositionAlone() {
        ClientMessage message = ClientMessage.of(domains, Samples.committed("orders", "k3", 1042));
        String sealed = seal.sealEvent("orders", new Position("k3", 1042));
        assertEquals(text(message.line()).replace("k3:1042", sealed), text(message.sealedLine(seal)));
        assertSame(message.sealedLine(seal), message.sealedLine(seal), "made once");
    }

    @Test
    void aTransientEventHasNoPositionSealedOrNot() throws IOException {
        ClientMessage message = ClientMessage.of(domains, CommittedEvent.transientEvent(Samples.event("orders", "1")));
        assertNull(message.position());
        assertEquals(0, message.offset());
        assertFalse(JSON.readTree(message.line()).has("position"));
        assertSame(message.line(), message.sealedLine(seal));
    }

    @Test
    void whatAnIdASourceOrAStreamHoldsStaysText() throws IOException {
        String odd = "\"\\/<script>\u2028\u202e\t\r\n' 漢🙂";
        Event event = Event.builder(odd, "order:created", odd)
                .timeMicros(1)
                .priority(Priority.LOW)
                .data(Samples.bytes("{\"a\":\"ü\"}"))
                .stream("room:ü" + odd)
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
        ClientMessage message = ClientMessage.of(domains, new CommittedEvent(event, new Position("k3", 7), 0, null));
        for (byte[] line : new byte[][] {message.line(), message.sealedLine(seal)}) {
            assertFalse(text(line).contains("\n"), "one line");
            JsonNode read = JSON.readTree(line);
            assertEquals(odd, read.at("/data/id").asText());
            assertEquals(odd, read.at("/data/source").asText());
            assertEquals("room:ü" + odd, read.path("stream").asText());
            assertEquals("ü", read.at("/data/data/a").asText());
        }
        assertEquals("k3:7", JSON.readTree(message.line()).path("position").asText());
        assertNotEquals(
                "k3:7", JSON.readTree(message.sealedLine(seal)).path("position").asText());
    }

    @Test
    void itsTypeIsWhatThePackSaysOrAnUpdate() throws IOException {
        Event alarm = Samples.event("orders", "1", "order:alarm", null, null, null);
        assertEquals("alert", kind(alarm));
        Event forgotten = Samples.event("orders", "1", "order:retired", null, null, null);
        assertEquals("update", kind(forgotten));
    }

    @Test
    void theRecipientsAreNotPartOfTheMessage() {
        Recipients staff = new Recipients(Set.of("staff"), Set.of("secret-user"), Set.of());
        Event event = Samples.event("orders", "1", "order:created", "owner-1", staff, staff);
        ClientMessage message = ClientMessage.of(domains, CommittedEvent.transientEvent(event));
        assertFalse(message.unaddressed());
        assertFalse(text(message.line()).contains("secret-user"));
        assertFalse(text(message.line()).contains("owner-1"));
    }

    @Test
    void timesBeforeAndAfter1970AreRead() {
        assertEquals("1970-01-01T00:00:00Z", Micros.text(0));
        assertEquals("1969-12-31T23:59:59.999999Z", Micros.text(-1));
        assertEquals("2026-01-31T09:30:00.000001Z", Micros.text(1_769_851_800_000_001L));
    }

    private String kind(Event event) throws IOException {
        return JSON.readTree(ClientMessage.of(domains, CommittedEvent.transientEvent(event))
                        .line())
                .path("type")
                .asText();
    }

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.UTF_8);
    }
}
