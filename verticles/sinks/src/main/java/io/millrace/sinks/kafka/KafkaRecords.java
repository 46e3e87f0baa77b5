package io.millrace.sinks.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Json;
import io.millrace.kafka.KafkaAddress;
import io.millrace.mapping.MappingException;
import io.millrace.sinks.message.SinkMessage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes records of events (CloudEvents, Kafka protocol binding 1.0.2). Stateless. */
final class KafkaRecords {
    private static final String JSON = "application/json";
    private static final List<String> NAMES = List.of("id", "source", "type", "stream", "position");

    private final KafkaSink sink;

    /** Millrace's own topics, which may be in the same Kafka. */
    private static final String OWN = "millrace.";

    KafkaRecords(KafkaSink sink) {
        this.sink = sink;
    }

    /**
     * The record of an event.
     *
     * @throws MappingException the event doesn't hold what the templates or the mapping need, or they make no topic of it
     */
    ProducerRecord<byte[], byte[]> of(SinkMessage message) {
        ObjectNode event = message.document();
        String topic = sink.topic().text(event);
        if (!KafkaAddress.isTopic(topic)) {
            throw new MappingException("topic: \"" + topic + "\" is not a valid name of a topic");
        }
        if (topic.startsWith(OWN)) {
            throw new MappingException("topic: \"" + topic + "\" is one of Millrace's own");
        }
        byte[] key = utf8(sink.key().text(event));
        return switch (sink.format()) {
            case JSON ->
                withHeaders(new ProducerRecord<>(topic, key, sink.body().of(message)), event, "", JSON);
            case BINARY -> {
                ObjectNode attributes = attributes(event);
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, utf8(Json.text(data(event))));
                record.headers()
                        .add("ce_specversion", utf8("1.0"))
                        .add("ce_time", utf8(attributes.path("time").textValue()));
                yield withHeaders(record, event, "ce_", JSON);
            }
            case STRUCTURED -> {
                ObjectNode whole = attributes(event);
                whole.put("datacontenttype", JSON).set("data", data(event));
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, key, utf8(Json.text(whole)));
                record.headers().add("content-type", utf8("application/cloudevents+json"));
                yield record;
            }
        };
    }

    private static ProducerRecord<byte[], byte[]> withHeaders(
            ProducerRecord<byte[], byte[]> record, ObjectNode event, String prefix, String contentType) {
        NAMES.forEach(name ->
                record.headers().add(prefix + name, utf8(event.path(name).textValue())));
        record.headers().add("content-type", utf8(contentType));
        return record;
    }

    private static ObjectNode attributes(ObjectNode event) {
        ObjectNode attributes = JsonNodeFactory.instance.objectNode().put("specversion", "1.0");
        NAMES.forEach(name -> attributes.set(name, event.path(name)));
        attributes.set("time", event.path("timestamp"));
        return attributes;
    }

    private JsonNode data(ObjectNode event) {
        return sink.body().mapping() == null
                ? event.path("data")
                : sink.body().mapping().json(event);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
