package io.millrace.contracts.wire;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.List;

/** Codecs of events, their parts and their outcomes. */
final class EventCodec {
    private static final Priority[] PRIORITIES = Priority.values();
    private static final Failure[] FAILURES = Failure.values();
    private static final Outcome.Status[] STATUSES = Outcome.Status.values();
    private static final CommitPath.Path[] PATHS = CommitPath.Path.values();

    static final Codec<Event> EVENT = new Codec<>(Event.class, 1, EventCodec::write, EventCodec::event);

    /** A request of the first version had one event. */
    static final Codec<PublishRequest> PUBLICATION = new Codec<>(
            PublishRequest.class,
            2,
            (p, w) -> {
                w.optionalText(p.user());
                w.texts(p.roles());
                w.bytes(p.claims());
                w.list(p.events(), (event, to) -> to.bytes(event));
            },
            r -> new PublishRequest(r.optionalText(), r.texts(), r.bytes(), r.list(WireReader::bytes)),
            r -> new PublishRequest(r.optionalText(), r.texts(), r.bytes(), List.of(r.bytes())));

    static final Codec<EventBatch> EVENT_BATCH = new Codec<>(
            EventBatch.class,
            2,
            (b, w) -> {
                w.list(b.events(), EventCodec::write);
                write(b.path(), w);
            },
            r -> new EventBatch(r.list(EventCodec::event), path(r)),
            r -> new EventBatch(r.list(EventCodec::event)));

    static final Codec<Outcomes> OUTCOMES = new Codec<>(
            Outcomes.class,
            3,
            (o, w) -> w.list(o.outcomes(), EventCodec::write),
            r -> new Outcomes(r.list(from -> outcome(from, true))),
            r -> new Outcomes(r.list(from -> outcome(from, false))));

    static final Codec<CommittedBatch> COMMITTED_BATCH = new Codec<>(
            CommittedBatch.class,
            2,
            (b, w) -> w.list(b.events(), EventCodec::write),
            r -> new CommittedBatch(r.list(EventCodec::committed)),
            r -> new CommittedBatch(r.list(EventCodec::committedBefore)));

    private EventCodec() {}

    static void write(Event e, WireWriter w) {
        w.text(e.id());
        w.text(e.type());
        w.text(e.source());
        w.number(e.timeMicros());
        w.number(e.priority().ordinal());
        w.bytes(e.data());
        w.bytes(e.metadata());
        w.number(e.expiresAtMicros());
        w.number(e.expectedVersion() + 1);
        w.optional(e.target(), EventCodec::write);
        w.optional(e.exclude(), EventCodec::write);
        w.text(e.stream());
        w.optionalText(e.owner());
        w.optional(e.entity(), EventCodec::write);
        w.text(e.publisher());
        w.number(e.acceptedAtMicros());
    }

    static Event event(WireReader r) {
        Event.Builder event = Event.builder(r.text(), r.text(), r.text())
                .timeMicros(r.number())
                .priority(r.constant(PRIORITIES))
                .data(r.bytes())
                .metadata(r.bytes())
                .expiresAtMicros(r.number())
                .expectedVersion(r.number() - 1)
                .target(r.optional(EventCodec::audience))
                .exclude(r.optional(EventCodec::audience));
        String stream = r.text();
        return event.stream(stream)
                .owner(r.optionalText())
                .entity(r.optional(from -> entity(stream, from)))
                .publisher(r.text())
                .acceptedAtMicros(r.number())
                .build();
    }

    static void write(CommitPath p, WireWriter w) {
        w.number(p.path().ordinal());
        w.number(p.attempt());
        w.number(p.takenMicros());
    }

    static CommitPath path(WireReader r) {
        return new CommitPath(r.constant(PATHS), (int) r.number(), r.number());
    }

    private static void write(Recipients a, WireWriter w) {
        w.texts(a.roles());
        w.texts(a.users());
        w.texts(a.connections());
    }

    private static Recipients audience(WireReader r) {
        return new Recipients(r.texts(), r.texts(), r.texts());
    }

    /** Without the stream, which is encoded elsewhere in every record with an entity. */
    static void write(EntityRef e, WireWriter w) {
        w.text(e.kind());
        w.text(e.id());
    }

    static EntityRef entity(String stream, WireReader r) {
        return new EntityRef(r.text(), stream, r.text());
    }

    static void write(Position p, WireWriter w) {
        w.text(p.epoch());
        w.number(p.offset());
    }

    static Position position(WireReader r) {
        return new Position(r.text(), r.number());
    }

    static void write(CommittedEvent c, WireWriter w) {
        write(c.event(), w);
        w.optional(c.position(), EventCodec::write);
        w.number(c.entityVersion());
        w.optionalBytes(c.state());
        w.optionalText(c.before());
        w.optionalText(c.previousOwner());
    }

    static CommittedEvent committed(WireReader r) {
        return new CommittedEvent(
                event(r),
                r.optional(EventCodec::position),
                r.number(),
                r.optionalBytes(),
                r.optionalText(),
                r.optionalText());
    }

    /** Reads the form of the previous release. */
    static CommittedEvent committedBefore(WireReader r) {
        return new CommittedEvent(event(r), r.optional(EventCodec::position), r.number(), r.optionalBytes());
    }

    private static void write(Outcome o, WireWriter w) {
        w.number(o.status().ordinal());
        w.text(o.id());
        w.optionalText(o.stream());
        w.optional(o.position(), EventCodec::write);
        w.number(o.failure() == null ? 0 : o.failure().ordinal() + 1L);
        w.optionalText(o.message());
        if (o.failure() == Failure.VERSION_CONFLICT) {
            w.number(o.version());
        }
        w.list(o.details(), (detail, to) -> {
            to.text(detail.pointer());
            to.text(detail.message());
        });
    }

    /**
     * @param details whether a failure has details, which the previous release didn't write
     */
    private static Outcome outcome(WireReader r, boolean details) {
        Outcome.Status status = r.constant(STATUSES);
        String id = r.text();
        String stream = r.optionalText();
        Position position = r.optional(EventCodec::position);
        Failure failure = r.optionalConstant(FAILURES);
        String message = r.optionalText();
        long version = failure == Failure.VERSION_CONFLICT ? r.number() : Event.ANY_VERSION;
        return new Outcome(
                status,
                id,
                stream,
                position,
                failure,
                message,
                version,
                details ? r.list(from -> new MillraceException.Detail(from.text(), from.text())) : List.of());
    }
}
