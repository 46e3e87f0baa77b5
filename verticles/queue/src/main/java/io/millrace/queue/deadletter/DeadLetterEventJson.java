package io.millrace.queue.deadletter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.text.Micros;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The readable form of an event: as its sender wrote it, with the fields that Millrace added. */
final class DeadLetterEventJson {
    private static final JsonFactory JSON = new JsonFactory();

    private DeadLetterEventJson() {}

    /** Null if its data or metadata isn't a JSON object, which only a foreign record in the topic can have. */
    static @Nullable String of(Event event) {
        if (!isObject(event.data()) || !isObject(event.metadata())) {
            return null;
        }
        StringWriter text = new StringWriter(event.data().length + 512);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("id", event.id());
            json.writeStringField("type", event.type());
            json.writeStringField("source", event.source());
            json.writeStringField("timestamp", Micros.text(event.timeMicros()));
            raw(json, "data", event.data());
            raw(json, "metadata", event.metadata());
            json.writeStringField("priority", event.priority().wire());
            if (event.expiresAtMicros() != 0) {
                json.writeStringField("expiresAt", Micros.text(event.expiresAtMicros()));
            }
            if (event.expectedVersion() != Event.ANY_VERSION) {
                json.writeNumberField("expectedVersion", event.expectedVersion());
            }
            audience(json, "target", event.target());
            audience(json, "exclude", event.exclude());
            json.writeStringField("stream", event.stream());
            json.writeStringField("owner", event.owner());
            if (event.entity() != null) {
                json.writeObjectFieldStart("entity");
                json.writeStringField("kind", event.entity().kind());
                json.writeStringField("id", event.entity().id());
                json.writeEndObject();
            }
            json.writeStringField("publisher", event.publisher());
            json.writeStringField("acceptedAt", Micros.text(event.acceptedAtMicros()));
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return text.toString();
    }

    private static void raw(JsonGenerator json, String name, byte[] value) throws IOException {
        json.writeFieldName(name);
        json.writeRawValue(new String(value, StandardCharsets.UTF_8));
    }

    private static void audience(JsonGenerator json, String name, @Nullable Recipients audience) throws IOException {
        if (audience != null) {
            json.writeObjectFieldStart(name);
            texts(json, "roles", audience.roles());
            texts(json, "users", audience.users());
            texts(json, "connections", audience.connections());
            json.writeEndObject();
        }
    }

    private static void texts(JsonGenerator json, String name, Collection<String> texts) throws IOException {
        json.writeArrayFieldStart(name);
        for (String text : texts) {
            json.writeString(text);
        }
        json.writeEndArray();
    }

    private static boolean isObject(byte[] bytes) {
        try (JsonParser parser = JSON.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            parser.skipChildren();
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
        } catch (IOException unreadable) {
            return false;
        }
    }
}
