package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.MessageWriter;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java SDK of CloudEvents as a sender, in the forms that it writes. */
@Timeout(30)
class CloudEventsSdkTest {
    private static final byte[] DATA = "{\"x\":1.50}".getBytes(StandardCharsets.UTF_8);

    @SuppressWarnings("NullAway.Init")
    private static IngestFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new IngestFixture(
                DomainModel.parse(
                        "pack.yaml",
                        """
                        domain: test
                        namespaces: { notes: { stream: notes } }
                        types: { "note:written": { namespace: notes } }
                        roles: { admin: { see: ["*"], publish: ["*"], sources: ["*"], priority: critical } }
                        """),
                Map.of());
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void forget() {
        fixture.routed.clear();
    }

    @Test
    void anEventIsTheSameInBinaryAndInStructuredMode() throws Exception {
        CloudEvent event = event("e-1");
        assertEquals(202, send(event, false));
        assertEquals(202, send(event, true));
        for (Event taken : fixture.routed) {
            assertEquals(List.of("e-1", "/shop/eu"), List.of(taken.id(), taken.source()));
            assertEquals("high", taken.priority().wire());
            assertEquals("{\"category\":\"notes\"}", new String(taken.metadata(), StandardCharsets.UTF_8));
            assertEquals(1_769_851_800_123_000L, taken.timeMicros());
            assertEquals("{\"x\":1.50}", new String(taken.data(), StandardCharsets.UTF_8).replace(" ", ""));
        }
        assertEquals(2, fixture.routed.size());
    }

    @Test
    void dataWithoutAMediaTypeIsReadAsWhatItHolds() throws Exception {
        CloudEvent bytes = CloudEventBuilder.v1(event("e-2"))
                .withDataContentType("application/octet-stream")
                .build();
        assertEquals(415, send(bytes, true));
        assertEquals(415, send(bytes, false));
        CloudEvent json = CloudEventBuilder.v1(event("e-3"))
                .withDataContentType("Application/Vnd.Note+JSON; charset=utf-8")
                .build();
        assertEquals(202, send(json, true));
        assertEquals(202, send(json, false));
    }

    @Test
    void anotherVersionOfTheSpecificationIsRefused() throws Exception {
        CloudEvent old = CloudEventBuilder.v03(event("e-4")).build();
        assertEquals(422, send(old, true));
        assertEquals(422, send(old, false));
        assertEquals(List.of(), fixture.routed);
    }

    private static CloudEvent event(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("/shop/eu"))
                .withType("note:written")
                .withTime(OffsetDateTime.parse("2026-01-31T10:30:00.123+01:00"))
                .withSubject("a note")
                .withData("application/json", DATA)
                .withExtension("priority", "high")
                .withExtension("category", "notes")
                .withExtension("unheardof", 7)
                .build();
    }

    private static int send(CloudEvent event, boolean structured) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) fixture.uri("/api/events").toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Authorization", "Bearer " + fixture.token);
        MessageWriter<?, ?> writer = HttpMessageFactory.createWriter(connection::setRequestProperty, body -> {
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        });
        if (structured) {
            writer.writeStructured(event, new JsonFormat());
        } else {
            writer.writeBinary(event);
        }
        return connection.getResponseCode();
    }
}
