package io.millrace.sources.kafka;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.mapping.MappedEvent;
import io.millrace.platform.schema.CloudEventMetadata;
import io.millrace.platform.schema.MediaType;
import io.millrace.sources.intake.SourceMessage;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * CloudEvents 1.0 in Kafka's records (CloudEvents, Kafka protocol binding 1.0.2), binary and structured. Both become the
 * same document: that of the structured form.
 */
final class CloudEventRecord {
    static final String STRUCTURED = "application/cloudevents+json";
    private static final String CONTENT_TYPE = KafkaMessages.HEADER + "content-type";
    private static final String PREFIX = KafkaMessages.HEADER + "ce_";
    private static final List<String> REQUIRED = List.of("specversion", "id", "source", "type");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private CloudEventRecord() {}

    /** Whether a record says that it is one, valid or not. */
    static boolean is(SourceMessage message) {
        return isStructured(message)
                || REQUIRED.stream().anyMatch(name -> message.attributes().containsKey(PREFIX + name));
    }

    private static boolean isStructured(SourceMessage message) {
        return contentType(message).name().startsWith("application/cloudevents");
    }

    private static MediaType contentType(SourceMessage message) {
        return MediaType.of("the content-type", message.attributes().get(CONTENT_TYPE));
    }

    /**
     * The event in the structured form, with its {@code data}.
     *
     * @throws MillraceException it isn't a CloudEvent, or its data isn't JSON
     */
    static ObjectNode document(SourceMessage message) {
        ObjectNode event = isStructured(message) ? structured(message) : binary(message);
        for (String name : REQUIRED) {
            if (!event.path(name).isTextual() || event.path(name).textValue().isEmpty()) {
                throw MillraceException.invalidEvent(
                        "/" + name, "is missing: a CloudEvent has specversion, id, source and type");
            }
        }
        String version = event.path("specversion").textValue();
        if (!version.equals("1.0")) {
            throw MillraceException.invalidEvent("/specversion", "is " + version + "; this is CloudEvents 1.0");
        }
        return event;
    }

    private static ObjectNode structured(SourceMessage message) {
        String type = contentType(message).name();
        if (!type.equals(STRUCTURED)) {
            throw new MillraceException(
                    Failure.UNSUPPORTED_MEDIA_TYPE,
                    "the content-type is " + type + "; only " + STRUCTURED + " is read");
        }
        ObjectNode event = ClientJson.object("the record", message.record());
        requireJson(MediaType.of("datacontenttype", text(event, "datacontenttype")));
        String base64 = text(event, "data_base64");
        if (base64 != null) {
            event.remove("data_base64");
            event.set("data", decoded(base64));
        }
        return event;
    }

    private static JsonNode decoded(String base64) {
        try {
            byte[] data = Base64.getDecoder().decode(base64);
            return ClientJson.value("data_base64", ClientJson.utf8("data_base64", data));
        } catch (IllegalArgumentException wrong) {
            throw MillraceException.invalidEvent("/data_base64", "is not Base64 (RFC 4648)");
        }
    }

    private static ObjectNode binary(SourceMessage message) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, String> header : message.attributes().entrySet()) {
            if (header.getKey().startsWith(PREFIX)) {
                event.put(header.getKey().substring(PREFIX.length()), header.getValue());
            }
        }
        MediaType type = contentType(message);
        requireJson(type);
        if (!type.name().isEmpty()) {
            event.put("datacontenttype", type.name());
        }
        if (!KafkaMessages.isTombstone(message)) {
            event.set("data", ClientJson.value("the record", ClientJson.utf8("the record", message.record())));
        }
        return event;
    }

    private static void requireJson(MediaType type) {
        if (!type.name().isEmpty() && !type.json()) {
            throw new MillraceException(
                    Failure.UNSUPPORTED_MEDIA_TYPE,
                    "the data is " + type.name() + "; only JSON is read: application/json or …+json");
        }
    }

    private static @Nullable String text(ObjectNode event, String name) {
        JsonNode value = event.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw MillraceException.invalidEvent("/" + name, "must be a string");
        }
        return value.textValue();
    }

    /**
     * The event that a CloudEvent is: with its own id, source, type and time, so that it is the same one by whatever way it
     * comes. Some extensions are metadata.
     */
    static MappedEvent event(ObjectNode cloudEvent) {
        String id = cloudEvent.path("id").textValue();
        String type = cloudEvent.path("type").textValue();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        cloudEvent.properties().forEach(attribute -> {
            if (!attribute.getValue().isNull()) {
                CloudEventMetadata.read(attribute.getKey(), attribute.getValue(), metadata::set);
            }
        });
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("id", id).put("type", type).set("source", cloudEvent.path("source"));
        String time = text(cloudEvent, "time");
        if (time != null) {
            event.put("timestamp", time);
        }
        if (cloudEvent.has("data")) {
            event.set("data", cloudEvent.path("data"));
        }
        if (!metadata.isEmpty()) {
            event.set("metadata", metadata);
        }
        try {
            byte[] json = JSON.writeValueAsString(event).getBytes(StandardCharsets.UTF_8);
            return new MappedEvent(id, type, null, MappedEvent.Form.NATIVE, json);
        } catch (JsonProcessingException unwritable) {
            throw new MillraceException(Failure.INVALID_EVENT, unwritable.getOriginalMessage());
        }
    }
}
