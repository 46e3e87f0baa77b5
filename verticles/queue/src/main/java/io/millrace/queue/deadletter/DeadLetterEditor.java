package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.contracts.wire.Codecs;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import io.millrace.platform.schema.SchemaValidator;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives a dead letter's event other data, another expected version or another time to expire. Its id, source and type stay:
 * it is still the event that its sender knows. What follows from the data (stream, owner, entity) is worked out anew, by the
 * rules of its type, and the data must fit the type's schema as at ingest. Without state.
 */
public final class DeadLetterEditor {
    private final DomainModel domains;
    private final SchemaValidator schemas;

    public DeadLetterEditor(DomainModel domains) {
        this.domains = domains;
        this.schemas = new SchemaValidator(domains);
    }

    /** The event as it is now. */
    record Edited(Event event) {
        /** Of {@link DeadLetterSql#EDIT}. */
        Tuple parameters(long id, long act) {
            return Tuple.of(
                    id,
                    Buffer.buffer(Codecs.EVENT.encode(event)),
                    DeadLetterEventJson.of(event),
                    event.stream(),
                    Buffer.buffer(event.stream().getBytes(StandardCharsets.UTF_8)),
                    act);
        }
    }

    /**
     * @param record the event's bytes
     * @param change a JSON object of {@code data}, which replaces the data, and {@code metadata}, of which {@code
     *     expectedVersion} and {@code expiresAt} can be changed, or taken away by null, and {@code target} and {@code exclude}
     *     only taken away
     */
    Edited apply(byte[] record, byte[] change) {
        Event event = event(record);
        EventType type = domains.type(event.type());
        if (type == null) {
            throw new MillraceException(Failure.UNKNOWN_TYPE, event.type() + " is in no domain pack");
        }
        ObjectNode changes = ClientJson.object("the body", change);
        for (Map.Entry<String, JsonNode> member : changes.properties()) {
            event = switch (member.getKey()) {
                case "data" -> data(event, type, member.getValue());
                case "metadata" -> metadata(event, type, member.getValue());
                default -> throw invalid("/" + member.getKey(), "can't be changed: only data and metadata");
            };
        }
        domains.requireSize(event, type);
        if (event.entity() != null && (event.target() != null || event.exclude() != null)) {
            throw invalid(
                    event.target() != null ? "/metadata/target" : "/metadata/exclude",
                    "must be taken away, by null: what an event does to an entity is read by all who may see its type");
        }
        return new Edited(event);
    }

    private static Event event(byte[] record) {
        try {
            return Codecs.EVENT.decode(record);
        } catch (IllegalArgumentException unreadable) {
            throw new MillraceException(Failure.INVALID_EVENT, "its bytes can't be read, so there is nothing to edit");
        }
    }

    private Event data(Event event, EventType type, JsonNode data) {
        if (!data.isObject()) {
            throw invalid("/data", "must be an object");
        }
        List<MillraceException.Detail> wrong = schemas.check(type, data);
        if (!wrong.isEmpty()) {
            throw invalid(wrong.get(0).pointer(), wrong.get(0).message());
        }
        String stream = type.namespace().stream().require(data);
        return event.toBuilder().data(Json.text(data).getBytes(StandardCharsets.UTF_8)).stream(stream)
                .owner(type.owner() == null ? null : type.owner().text(data))
                .entity(entity(type.entity(), stream, data))
                .build();
    }

    private static @Nullable EntityRef entity(@Nullable EntityRule rule, String stream, JsonNode data) {
        if (rule == null) {
            return null;
        }
        return new EntityRef(rule.kind(), stream, rule.idIn(data));
    }

    private static Event metadata(Event event, EventType type, JsonNode metadata) {
        if (!metadata.isObject()) {
            throw invalid("/metadata", "must be an object");
        }
        ObjectNode shown = Json.parse(event.metadata());
        long version = event.expectedVersion();
        long expires = event.expiresAtMicros();
        Recipients target = event.target();
        Recipients exclude = event.exclude();
        for (Map.Entry<String, JsonNode> member : metadata.properties()) {
            JsonNode value = member.getValue();
            switch (member.getKey()) {
                case "expectedVersion" -> version = version(type, value);
                case "target" -> target = nobody("/metadata/target", value);
                case "exclude" -> exclude = nobody("/metadata/exclude", value);
                case "expiresAt" -> {
                    expires = value.isNull() ? 0 : micros(value.asText());
                    if (value.isNull()) {
                        shown.remove("expiresAt");
                    } else {
                        shown.set("expiresAt", value);
                    }
                }
                default ->
                    throw invalid(
                            "/metadata/" + member.getKey(),
                            "can't be changed: only expectedVersion, expiresAt, target and exclude");
            }
        }
        return event.toBuilder()
                .metadata(Json.text(shown).getBytes(StandardCharsets.UTF_8))
                .expectedVersion(version)
                .expiresAtMicros(expires)
                .target(target)
                .exclude(exclude)
                .build();
    }

    private static @Nullable Recipients nobody(String pointer, JsonNode value) {
        if (!value.isNull()) {
            throw invalid(pointer, "can only be taken away, by null");
        }
        return null;
    }

    private static long version(EventType type, JsonNode value) {
        if (value.isNull()) {
            return Event.ANY_VERSION;
        }
        if (type.entity() == null || !value.canConvertToLong() || !value.isIntegralNumber() || value.asLong() < 0) {
            throw invalid("/metadata/expectedVersion", "must be a version of the event's entity: 0, 1, 2 …");
        }
        return value.asLong();
    }

    private static long micros(String text) {
        try {
            long micros = Rfc3339.micros(text);
            if (micros < 0) {
                throw invalid("/metadata/expiresAt", "lies before 1970");
            }
            return micros;
        } catch (DateTimeException wrong) {
            throw invalid("/metadata/expiresAt", String.valueOf(wrong.getMessage()));
        }
    }

    private static MillraceException invalid(String pointer, String message) {
        return MillraceException.invalidEvent(pointer, message);
    }
}
