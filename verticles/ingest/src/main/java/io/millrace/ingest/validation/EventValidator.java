package io.millrace.ingest.validation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.ingest.read.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.schema.SchemaValidator;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Makes an event of a draft: everything filled in, checked against its type, its publisher's rights and its schema. Safe
 * from any thread.
 *
 * <p>Fails with {@link MillraceException}, always about this one event.
 */
public final class EventValidator {
    private static final int MAX_NAME = 128;
    private static final int MAX_SOURCE = 256;
    /** A clock that was set back by more was wrong before. */
    private static final long STEP_MICROS = 60_000_000;

    private final DomainModel domains;
    private final SchemaValidator schemas;
    private final Clock clock;
    private final Duration future;
    private final AtomicLong last = new AtomicLong();
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    public EventValidator(DomainModel domains, Clock clock, Duration future) {
        this.domains = domains;
        this.schemas = new SchemaValidator(domains);
        this.clock = clock;
        this.future = future;
    }

    public Event check(RawEvent draft, Principal publisher) {
        if (draft.wrong != null) {
            throw draft.wrong;
        }
        Instant now = clock.instant();
        long nowMicros = accepted(micros(now));
        EventType type = type(draft, publisher);
        JsonNode data = draft.data;
        byte[] bytes = draft.dataBytes;
        if (data == null || bytes == null || !data.isObject()) {
            throw MillraceException.invalidEvent("/data", "must be an object");
        }
        List<Detail> wrong = schemas.check(type, data);
        if (!wrong.isEmpty()) {
            throw MillraceException.invalidEvent(wrong);
        }
        String owner = owner(type, data, publisher);
        MetadataReader metadata = metadata(draft.metadata, type);
        String stream = stream(type, data, publisher);
        Event event = Event.builder(
                        draft.id == null ? ids.generate().toString() : id(draft.id),
                        type.name(),
                        source(draft.source, publisher))
                .timeMicros(timestamp(draft.timestamp, now))
                .priority(priority(metadata.priority(), type, publisher))
                .data(bytes)
                .metadata(metadata.shown())
                .expiresAtMicros(metadata.expiresAtMicros())
                .expectedVersion(expectedVersion(metadata, type))
                .target(metadata.target())
                .exclude(metadata.exclude())
                .stream(stream)
                .owner(owner)
                .entity(entity(type, stream, data))
                .publisher(publisher.user())
                .acceptedAtMicros(nowMicros)
                .build();
        domains.requireSize(event, type);
        return event;
    }

    /** Its time is not before that of the event taken last, though the clock was set back a little. */
    private long accepted(long micros) {
        return last.updateAndGet(before -> before - micros < STEP_MICROS ? Math.max(before, micros) : micros);
    }

    private EventType type(RawEvent draft, Principal publisher) {
        String name = text("/type", draft.type, MAX_NAME);
        EventType type = domains.type(name);
        if (type == null) {
            throw unknown(name);
        }
        if (domains.publishes(publisher.roles(), type) == AccessLevel.NONE) {
            throw denied("none of your roles may publish " + name);
        }
        return type;
    }

    private MillraceException unknown(String name) {
        List<String> names = domains.types().stream().map(EventType::name).toList();
        String nearest = Suggestions.closest(name, names);
        String message = "is in no domain pack" + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?");
        return new MillraceException(
                Failure.UNKNOWN_TYPE, "/type \"" + name + "\" " + message, List.of(new Detail("/type", message)));
    }

    /** Whose event it is: for some roles nobody's but the publisher's own. */
    private @Nullable String owner(EventType type, JsonNode data, Principal publisher) {
        FieldPath field = type.owner();
        if (field == null) {
            return null;
        }
        String owner = field.text(data);
        if (!publisher.user().equals(owner) && domains.publishes(publisher.roles(), type) == AccessLevel.OWN) {
            throw denied(field + " must be \"" + publisher.user() + "\": you may publish " + type.name()
                    + " in your own name only");
        }
        return owner;
    }

    /** What an event does to an entity can be read by whoever may see its type, so it can't be for some of them. */
    private static MetadataReader metadata(@Nullable JsonNode said, EventType type) {
        MetadataReader metadata = MetadataReader.read(said);
        if (type.entity() != null && (metadata.target() != null || metadata.exclude() != null)) {
            throw MillraceException.invalidEvent(
                    metadata.target() != null ? "/metadata/target" : "/metadata/exclude",
                    "can't be said of " + type.name() + ": it changes a "
                            + type.entity().kind() + ", which everybody may read who may see the type");
        }
        return metadata;
    }

    private long timestamp(@Nullable String text, Instant now) {
        if (text == null) {
            return micros(now);
        }
        Instant time = instant("/timestamp", text);
        if (time.isAfter(now.plus(future))) {
            throw MillraceException.invalidEvent("/timestamp", "is " + text + ", which lies in the future");
        }
        return micros(time);
    }

    private String source(@Nullable String source, Principal publisher) {
        if (source == null) {
            return publisher.user();
        }
        text("/source", source, MAX_SOURCE);
        if (!domains.maySource(publisher.roles(), publisher.user(), source)) {
            throw denied("you may not publish as source " + source + "; leave it out, or begin it with "
                    + publisher.user() + "/");
        }
        return source;
    }

    private Priority priority(@Nullable Priority asked, EventType type, Principal publisher) {
        if (asked == null) {
            return type.priority();
        }
        Priority highest = domains.highest(publisher.roles(), type);
        if (asked.compareTo(highest) > 0) {
            throw denied("you may not raise " + type.name() + " above priority " + highest.wire());
        }
        return asked;
    }

    private static long expectedVersion(MetadataReader metadata, EventType type) {
        if (metadata.expectedVersion() != Event.ANY_VERSION && type.entity() == null) {
            throw MillraceException.invalidEvent(
                    "/metadata/expectedVersion", "makes no sense: " + type.name() + " changes no entity");
        }
        return metadata.expectedVersion();
    }

    private String stream(EventType type, JsonNode data, Principal publisher) {
        String stream = type.namespace().stream().require(data);
        if (!Visibility.opens(type.namespace(), stream, publisher)
                && !domains.mayPublishForOthers(publisher.roles(), type)) {
            throw denied("your token doesn't open the stream " + stream + ": its claim "
                    + type.namespace().accessClaim() + " must list it");
        }
        return stream;
    }

    private static @Nullable EntityRef entity(EventType type, String stream, JsonNode data) {
        var rule = type.entity();
        if (rule == null) {
            return null;
        }
        return new EntityRef(rule.kind(), stream, rule.idIn(data));
    }

    private static String id(String id) {
        text("/id", id, MAX_NAME);
        if (FieldPath.isDots(id)) {
            throw MillraceException.invalidEvent("/id", "can't be . or .., which a URL takes for another path");
        }
        return id;
    }

    /** Whether a text could be an event's id, and so be told to its sender. */
    public static boolean isId(String text) {
        try {
            return id(text).equals(text);
        } catch (MillraceException refused) {
            return false;
        }
    }

    static String text(String pointer, @Nullable String value, int max) {
        if (value == null || value.isEmpty()) {
            throw MillraceException.invalidEvent(pointer, "is missing");
        }
        if (value.codePointCount(0, value.length()) > max) {
            throw MillraceException.invalidEvent(pointer, "is longer than " + max + " characters");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isISOControl(c) || (Character.isSurrogate(c) && !paired(value, i))) {
                throw MillraceException.invalidEvent(pointer, "holds a control character or half a surrogate pair");
            }
        }
        return value;
    }

    private static boolean paired(String value, int i) {
        return Character.isHighSurrogate(value.charAt(i))
                ? i + 1 < value.length() && Character.isLowSurrogate(value.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(value.charAt(i - 1));
    }

    static Instant instant(String pointer, String text) {
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

    static long micros(Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000);
    }

    private static MillraceException denied(String why) {
        return new MillraceException(Failure.PERMISSION_DENIED, Objects.requireNonNull(why));
    }
}
