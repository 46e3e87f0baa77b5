package io.millrace.ingest.intake;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.contracts.text.Micros;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.AccessLevel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.FieldPath;
import io.millrace.ingest.parse.RawEvent;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.schema.EventRules;
import io.millrace.platform.schema.MetadataReader;
import io.millrace.platform.tracing.TraceParent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Validates a raw event: fills in defaults, checks the publisher's rights, and applies the {@link EventRules} of all
 * events. Safe from any thread.
 *
 * <p>Fails with {@link MillraceException}, always about this one event.
 */
public final class EventValidator {
    private static final int MAX_NAME = 128;
    private static final int MAX_SOURCE = 256;
    /** If the clock was set back by more than this, it was wrong before. */
    private static final long STEP_MICROS = 60_000_000;

    private final DomainModel domains;
    private final EventRules rules;
    private final Clock clock;
    private final Duration future;
    private final AtomicLong last = new AtomicLong();
    private final TimeBasedEpochGenerator ids = Generators.timeBasedEpochGenerator();

    public EventValidator(DomainModel domains, Clock clock, Duration future) {
        this.domains = domains;
        this.rules = new EventRules(domains);
        this.clock = clock;
        this.future = future;
    }

    public Event check(RawEvent draft, Principal publisher) {
        if (draft.wrong != null) {
            throw draft.wrong;
        }
        Instant now = clock.instant();
        long nowMicros = accepted(Micros.of(now));
        EventType type = type(draft, publisher);
        MetadataReader metadata = MetadataReader.read(draft.metadata);
        String id = draft.id == null ? ids.generate().toString() : id(draft.id);
        Event.Builder parts = Event.builder(id, type.name(), source(draft.source, publisher))
                .timeMicros(timestamp(draft.timestamp, now))
                .priority(priority(metadata.priority(), type, publisher))
                .metadata(metadata.shown())
                .expiresAtMicros(metadata.expiresAtMicros())
                .expectedVersion(metadata.expectedVersion())
                .target(metadata.target())
                .exclude(metadata.exclude())
                .publisher(publisher.user())
                .acceptedAtMicros(nowMicros);
        Event event = rules.build(type, parts, draft.data, draft.dataBytes);
        requireOwn(event, type, publisher);
        requireStream(event, type, publisher);
        return traced(event, draft);
    }

    /** An event without a trace of its own belongs to that of its request. */
    private static Event traced(Event event, RawEvent draft) {
        TraceParent ofRequest = TraceParent.parse(draft.traceparent);
        return ofRequest == null || TraceParent.of(event) != null ? event : ofRequest.in(event);
    }

    /** The acceptance time, never before that of the previous event, even if the clock was set back a little. */
    private long accepted(long micros) {
        return last.updateAndGet(before -> before - micros < STEP_MICROS ? Math.max(before, micros) : micros);
    }

    private EventType type(RawEvent draft, Principal publisher) {
        String name = EventRules.text("/type", draft.type, MAX_NAME);
        EventType type = domains.type(name);
        if (type == null) {
            throw unknown(name);
        }
        if (domains.rights().publishLevel(publisher.roles(), type) == AccessLevel.NONE) {
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

    /** Checks the owner for roles that may publish only their own events. */
    private void requireOwn(Event event, EventType type, Principal publisher) {
        if (type.owner() != null
                && !publisher.user().equals(event.owner())
                && domains.rights().publishLevel(publisher.roles(), type) == AccessLevel.OWN) {
            throw denied(type.owner() + " must be \"" + publisher.user() + "\": you may publish " + type.name()
                    + " in your own name only");
        }
    }

    private long timestamp(@Nullable String text, Instant now) {
        if (text == null) {
            return Micros.of(now);
        }
        Instant time = EventRules.instant("/timestamp", text);
        if (time.isAfter(now.plus(future))) {
            throw MillraceException.invalidEvent("/timestamp", "is " + text + ", which lies in the future");
        }
        return Micros.of(time);
    }

    private String source(@Nullable String source, Principal publisher) {
        if (source == null) {
            return publisher.user();
        }
        EventRules.text("/source", source, MAX_SOURCE);
        if (!domains.rights().maySource(publisher.roles(), publisher.user(), source)) {
            throw denied("you may not publish as source " + source + "; leave it out, or begin it with "
                    + publisher.user() + "/");
        }
        return source;
    }

    private Priority priority(@Nullable Priority asked, EventType type, Principal publisher) {
        if (asked == null) {
            return type.priority();
        }
        Priority highest = domains.rights().highest(publisher.roles(), type);
        if (asked.compareTo(highest) > 0) {
            throw denied("you may not raise " + type.name() + " above priority " + highest.wire());
        }
        return asked;
    }

    private void requireStream(Event event, EventType type, Principal publisher) {
        if (!Visibility.opens(type.namespace(), event.stream(), publisher)
                && !domains.rights().mayPublishForOthers(publisher.roles(), type)) {
            throw denied("your token doesn't open the stream " + event.stream() + ": its claim "
                    + type.namespace().accessClaim() + " must list it");
        }
    }

    private static String id(String id) {
        EventRules.text("/id", id, MAX_NAME);
        if (FieldPath.isDots(id)) {
            throw MillraceException.invalidEvent("/id", "can't be . or .., which a URL takes for another path");
        }
        return id;
    }

    /** Whether a text could be an event's id, so that the answer may have it. */
    public static boolean isId(String text) {
        try {
            return id(text).equals(text);
        } catch (MillraceException refused) {
            return false;
        }
    }

    private static MillraceException denied(String why) {
        return new MillraceException(Failure.PERMISSION_DENIED, Objects.requireNonNull(why));
    }
}
