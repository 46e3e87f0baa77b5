package io.millrace.sources.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import io.millrace.contracts.failure.Failure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** CloudEvents in a topic, as the Java SDK's serializer writes them. */
@Timeout(120)
class CloudEventsTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Ingested ingested = new Ingested();
    private String topic = "";

    @BeforeEach
    void topic() throws Exception {
        topic = "events-" + System.nanoTime();
        KAFKA.topic(topic, 1);
    }

    private static CloudEvent event(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("/shop/eu"))
                .withType("thing:made")
                .withTime(OffsetDateTime.parse("2026-01-31T10:30:00.123+01:00"))
                .withSubject("t-1")
                .withExtension("priority", "7")
                .withExtension("tags", "eu, new")
                .withExtension("expectedversion", 3)
                .withExtension("othersextension", "x")
                .withData("application/json", "{\"x\":1.50}".getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private void send(CloudEvent event, Encoding encoding) throws Exception {
        Map<String, Object> config = new HashMap<>(Map.of(CloudEventSerializer.ENCODING_CONFIG, encoding));
        if (encoding == Encoding.STRUCTURED) {
            config.put(CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        }
        try (CloudEventSerializer serializer = new CloudEventSerializer()) {
            serializer.configure(config, false);
            RecordHeaders headers = new RecordHeaders();
            byte[] value = serializer.serialize(topic, headers, event);
            KAFKA.send(new ProducerRecord<>(topic, 0, null, null, value, headers));
        }
    }

    private void read(String kafka, String rest, int records) throws Exception {
        Files.writeString(
                folder.resolve("source.yaml"),
                "source: " + topic + "\nas: { user: machine, roles: [machine] }\nkafka: { topics: [" + topic + "]"
                        + kafka + " }\n" + rest);
        try (SourceNode node = new SourceNode(KAFKA.kafka.uri(), folder, ingested)) {
            await().until(() -> KAFKA.committed("millrace-source-" + topic) == records);
        }
    }

    @Test
    void withoutRulesItIsTheEventThatItIsInBothForms() throws Exception {
        send(event("e-1"), Encoding.BINARY);
        send(event("e-2"), Encoding.STRUCTURED);
        send(event("e-1"), Encoding.STRUCTURED);
        read(", format: cloudevents", "", 3);
        assertEquals(1, ingested.duplicates());
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    new JsonObject()
                            .put("id", "e-" + (i + 1))
                            .put("type", "thing:made")
                            .put("source", "/shop/eu")
                            .put("timestamp", "2026-01-31T10:30:00.123+01:00")
                            .put("data", new JsonObject().put("x", 1.5))
                            .put(
                                    "metadata",
                                    new JsonObject()
                                            .put("priority", 7)
                                            .put(
                                                    "tags",
                                                    new JsonArray().add("eu").add("new"))
                                            .put("expectedVersion", 3)),
                    ingested.events().get(i));
        }
    }

    @Test
    void rulesReadBothFormsAsOneDocumentAndPlainJsonBesideThem() throws Exception {
        send(event("e-1"), Encoding.BINARY);
        send(event("e-2"), Encoding.STRUCTURED);
        KAFKA.send(topic, 0, "{\"id\":\"plain\",\"data\":{\"x\":2}}");
        read(
                "",
                """
                events:
                  - type: thing:moved
                    id: "{id}"
                    data: { x: { column: data.x, as: decimal }, subject: { column: subject, optional: true } }
                """,
                3);
        assertEquals(
                List.of("e-1", "e-2", "plain"),
                ingested.events().stream().map(event -> event.getString("id")).toList());
        assertEquals(
                List.of("t-1", "t-1"),
                ingested.events().subList(0, 2).stream()
                        .map(event -> event.getJsonObject("data").getString("subject"))
                        .toList());
    }

    @Test
    void whatIsNoCloudEventOrHasOtherDataIsADeadLetter() throws Exception {
        KAFKA.send(topic, 0, "{\"id\":\"plain\"}");
        send("content-type", "application/cloudevents+avro", "x");
        send(
                "content-type",
                "application/cloudevents+json",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"thing:made\"}");
        send("content-type", "application/cloudevents+json", "not JSON");
        send("ce_specversion", "0.3", "{}");
        CloudEvent image = CloudEventBuilder.from(event("e-1"))
                .withData("image/png", new byte[] {1, 2})
                .build();
        send(image, Encoding.BINARY);
        read(", format: cloudevents", "", 6);
        Map<String, Failure> failures = new TreeMap<>();
        ingested.dead().forEach((place, letter) -> failures.put(place.substring(topic.length()), letter.failure()));
        assertEquals(
                Map.of(
                        "/0/0", Failure.BAD_MESSAGE,
                        "/0/1", Failure.UNSUPPORTED_MEDIA_TYPE,
                        "/0/2", Failure.INVALID_EVENT,
                        "/0/3", Failure.BAD_MESSAGE,
                        "/0/4", Failure.INVALID_EVENT,
                        "/0/5", Failure.UNSUPPORTED_MEDIA_TYPE),
                failures);
        assertEquals(0, ingested.count());
    }

    private void send(String header, String value, String record) throws Exception {
        ProducerRecord<byte[], byte[]> sent = new ProducerRecord<>(topic, 0, null, KafkaFixture.bytes(record));
        sent.headers().add(header, KafkaFixture.bytes(value));
        KAFKA.send(sent);
    }
}
