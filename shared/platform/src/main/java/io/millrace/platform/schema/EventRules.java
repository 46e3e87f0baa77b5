package io.millrace.platform.schema;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EntityRule;
import io.millrace.domain.model.EventType;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules that every event meets, whether a sender, a handler's patch or an operator's edit wrote it: the schema of
 * its type, a stream and an entity that follow from its data, its size. The rights of publishers are checked by ingest.
 * Safe from any thread.
 *
 * <p>Each rule fails as a {@link MillraceException} that points at the member that breaks it.
 */
public final class EventRules {
    private final DomainModel domains;
    private final SchemaValidator schemas;

    public EventRules(DomainModel domains) {
        this.domains = domains;
        this.schemas = new SchemaValidator(domains);
    }

    /**
     * A copy of the event with these data, and with the stream, the owner and the entity that follow from them.
     *
     * @param bytes the data as they are stored
     */
    public Event build(EventType type, Event.Builder parts, @Nullable JsonNode data, byte @Nullable [] bytes) {
        if (data == null || bytes == null || !data.isObject()) {
            throw MillraceException.invalidEvent("/data", "must be an object");
        }
        List<Detail> wrong = schemas.check(type, data);
        if (!wrong.isEmpty()) {
            throw MillraceException.invalidEvent(wrong);
        }
        String stream = type.namespace().stream().require(data);
        EntityRule rule = type.entity();
        Event event = parts.data(bytes).stream(stream)
                .owner(type.owner() == null ? null : type.owner().text(data))
                .entity(rule == null ? null : new EntityRef(rule.kind(), stream, rule.idIn(data)))
                .build();
        requireMetadata(event, type);
        domains.requireSize(event, type);
        return event;
    }

    /** An event that changes an entity can't have recipients: every user who may see its type can read the entity. */
    private static void requireMetadata(Event event, EventType type) {
        EntityRule rule = type.entity();
        if (rule != null && (event.target() != null || event.exclude() != null)) {
            throw MillraceException.invalidEvent(
                    event.target() != null ? "/metadata/target" : "/metadata/exclude",
                    "can't be said of " + type.name() + ": it changes a " + rule.kind()
                            + ", which everybody may read who may see the type");
        }
        if (rule == null && event.expectedVersion() != Event.ANY_VERSION) {
            throw MillraceException.invalidEvent(
                    "/metadata/expectedVersion", "makes no sense: " + type.name() + " changes no entity");
        }
    }

    /** A text of an event's envelope: neither missing nor too long, and of whole, printable characters. */
    public static String text(String pointer, @Nullable String value, int max) {
        if (value == null || value.isEmpty()) {
            throw MillraceException.invalidEvent(pointer, "is missing");
        }
        if (value.codePointCount(0, value.length()) > max) {
            throw MillraceException.invalidEvent(pointer, "is longer than " + max + " characters");
        }
        if (!Characters.isPrintable(value)) {
            throw MillraceException.invalidEvent(pointer, "holds a control character or half a surrogate pair");
        }
        return value;
    }

    /** The time of an event: RFC 3339, not before 1970. */
    public static Instant instant(String pointer, String text) {
        Instant time;
        try {
            time = Rfc3339.parse(text);
        } catch (DateTimeException wrong) {
            throw MillraceException.invalidEvent(pointer, String.valueOf(wrong.getMessage()));
        }
        if (time.isBefore(Instant.EPOCH)) {
            throw MillraceException.invalidEvent(pointer, "lies before 1970");
        }
        return time;
    }
}
