package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.wire.Codecs;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.platform.schema.EventRules;
import io.millrace.platform.schema.MetadataReader;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Edits a dead letter's event: its data, expected version or expiry. Its id, source and type stay, so it is still its
 * sender's event. The edited event must meet the rules of a new one, {@link EventRules}, even if its data is unchanged.
 * Stateless.
 */
public final class DeadLetterEditor {
    private static final int MISTAKES = 10;

    private final DomainModel domains;
    private final EventRules rules;

    public DeadLetterEditor(DomainModel domains) {
        this.domains = domains;
        this.rules = new EventRules(domains);
    }

    /** The event after the edit. */
    record Edited(Event event) {
        /** The parameters of {@link DeadLetterSql#EDIT}. */
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
     * @param revision how often the letter was edited
     * @param change a JSON object of {@code data}, which replaces the data, and {@code metadata}, of which {@code
     *     expectedVersion} and {@code expiresAt} can be changed, or removed by null, and {@code target} and
     *     {@code exclude} only removed. With the {@code revision} that it is about, it fails if that is another by now
     */
    Edited apply(byte[] record, int revision, byte[] change) {
        Event event = event(record);
        EventType type = domains.type(event.type());
        if (type == null) {
            throw new MillraceException(Failure.UNKNOWN_TYPE, event.type() + " is in no domain pack");
        }
        Event.Builder edited = event.toBuilder();
        JsonNode data = Json.parse(event.data());
        byte[] bytes = event.data();
        ObjectNode changes = ClientJson.object("the body", change);
        requireRevision(changes.remove("revision"), revision);
        for (Map.Entry<String, JsonNode> member : changes.properties()) {
            switch (member.getKey()) {
                case "data" -> {
                    data = member.getValue();
                    bytes = Json.text(data).getBytes(StandardCharsets.UTF_8);
                }
                case "metadata" -> metadata(edited, event.metadata(), member.getValue());
                default -> throw invalid("/" + member.getKey(), "can't be changed: only data and metadata");
            }
        }
        return new Edited(built(type, edited, data, bytes));
    }

    private static void requireRevision(@Nullable JsonNode expected, int revision) {
        if (expected != null && !(expected.isIntegralNumber() && expected.canConvertToLong())) {
            throw invalid("/revision", "must be a whole number");
        }
        if (expected != null && expected.longValue() != revision) {
            throw new MillraceException(
                    Failure.VERSION_CONFLICT,
                    "somebody else has edited it meanwhile: it has revision " + revision + ", and not " + expected);
        }
    }

    private static Event event(byte[] record) {
        try {
            return Codecs.EVENT.decode(record);
        } catch (IllegalArgumentException unreadable) {
            throw new MillraceException(Failure.INVALID_EVENT, "its bytes can't be read, so there is nothing to edit");
        }
    }

    /** A failure tells of every mistake in its message: over the bus goes nothing else. */
    private Event built(EventType type, Event.Builder edited, JsonNode data, byte[] bytes) {
        try {
            return rules.build(type, edited, data, bytes);
        } catch (MillraceException wrong) {
            if (wrong.details().size() < 2) {
                throw wrong;
            }
            throw new MillraceException(
                    wrong.failure(),
                    wrong.details().stream()
                            .limit(MISTAKES)
                            .map(mistake -> mistake.pointer() + " " + mistake.message())
                            .collect(Collectors.joining("; ")),
                    wrong.details());
        }
    }

    private static void metadata(Event.Builder edited, byte[] before, JsonNode metadata) {
        if (!metadata.isObject()) {
            throw invalid("/metadata", "must be an object");
        }
        ObjectNode shown = Json.parse(before);
        for (Map.Entry<String, JsonNode> member : metadata.properties()) {
            JsonNode value = member.getValue();
            switch (member.getKey()) {
                case "expectedVersion" ->
                    edited.expectedVersion(value.isNull() ? Event.ANY_VERSION : MetadataReader.expectedVersion(value));
                case "expiresAt" -> {
                    edited.expiresAtMicros(value.isNull() ? 0 : MetadataReader.expiresAtMicros(value));
                    shown.set("expiresAt", value);
                }
                case "target" -> edited.target(removed("/metadata/target", value));
                case "exclude" -> edited.exclude(removed("/metadata/exclude", value));
                default ->
                    throw invalid(
                            "/metadata/" + member.getKey(),
                            "can't be changed: only expectedVersion, expiresAt, target and exclude");
            }
        }
        if (shown.path("expiresAt").isNull()) {
            shown.remove("expiresAt");
        }
        edited.metadata(Json.text(shown).getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable Recipients removed(String pointer, JsonNode value) {
        if (!value.isNull()) {
            throw invalid(pointer, "can only be taken away, by null");
        }
        return null;
    }

    private static MillraceException invalid(String pointer, String message) {
        return MillraceException.invalidEvent(pointer, message);
    }
}
