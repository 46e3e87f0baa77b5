package io.millrace.contracts.event;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one event.
 *
 * @param stream null when the event was refused before it had one
 * @param position the event's position; only for committed events and their duplicates, and only if the client may see
 *     the whole stream
 * @param failure the failure; null unless the status is {@link Status#FAILED}
 * @param message what was wrong, where and what to do; null unless the event failed
 * @param version the entity's present version, if another one was expected and the client may see the entity; else
 *     {@link Event#ANY_VERSION}
 * @param details all mistakes if the event has several; else empty
 */
public record Outcome(
        Status status,
        String id,
        @Nullable String stream,
        @Nullable Position position,
        @Nullable Failure failure,
        @Nullable String message,
        long version,
        List<MillraceException.Detail> details) {

    public enum Status {
        /** In PostgreSQL. */
        COMMITTED,
        /** In Kafka, acknowledged by all in-sync replicas. */
        QUEUED,
        /** A transient event that was sent to broadcast: at most once, stored nowhere. */
        SENT,
        /** The same (source, id) was committed before. */
        DUPLICATE,
        /** After its {@code expiresAt}: dropped, which is no error. */
        EXPIRED,
        FAILED;

        private final String wire = name().toLowerCase(java.util.Locale.ROOT);

        /** As clients read it. */
        public String wire() {
            return wire;
        }
    }

    public static Outcome committed(Event event, Position position) {
        return new Outcome(
                Status.COMMITTED, event.id(), event.stream(), position, null, null, Event.ANY_VERSION, List.of());
    }

    public static Outcome duplicate(Event event, @Nullable Position position) {
        return new Outcome(
                Status.DUPLICATE, event.id(), event.stream(), position, null, null, Event.ANY_VERSION, List.of());
    }

    /** An outcome without a position: {@link Status#QUEUED}, {@link Status#SENT} or {@link Status#EXPIRED}. */
    public static Outcome of(Status status, Event event) {
        return new Outcome(status, event.id(), event.stream(), null, null, null, Event.ANY_VERSION, List.of());
    }

    /** The outcome for a client that may not see the position. */
    public Outcome withoutPosition() {
        return new Outcome(status, id, stream, null, failure, message, version, details);
    }

    /** The outcome for a client that may not see the entity's version. */
    public Outcome withoutVersion() {
        return new Outcome(
                status,
                id,
                stream,
                position,
                failure,
                "its entity isn't at the expected version",
                Event.ANY_VERSION,
                details);
    }

    public static Outcome failed(String id, Failure failure, String message) {
        return new Outcome(Status.FAILED, id, null, null, failure, message, Event.ANY_VERSION, List.of());
    }

    /**
     * {@link Failure#VERSION_CONFLICT}.
     *
     * @param version the entity's present version
     */
    public static Outcome conflict(String id, String message, long version) {
        return new Outcome(Status.FAILED, id, null, null, Failure.VERSION_CONFLICT, message, version, List.of());
    }

    public static Outcome failed(String id, Throwable cause) {
        MillraceException known = MillraceException.of(cause);
        return new Outcome(
                Status.FAILED, id, null, null, known.failure(), known.getMessage(), Event.ANY_VERSION, known.details());
    }

    /** The outcomes of events that all failed with the same error. */
    public static List<Outcome> failed(List<Event> events, Throwable cause) {
        return events.stream().map(event -> failed(event.id(), cause)).toList();
    }
}
