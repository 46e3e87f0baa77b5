package io.millrace.contracts.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One event, validated and complete. Immutable: the arrays are never modified, so that an event is passed by reference
 * inside a node.
 *
 * @param id the id, unique together with {@code source}; 1 to 128 characters
 * @param timeMicros when the event happened, microseconds since 1970 UTC
 * @param data the sender's JSON object as bytes, on one line; parsed once, at ingest
 * @param metadata the metadata that clients receive: a JSON object of category, tags and the like, on one line
 * @param expiresAtMicros the time after which the event is dropped, microseconds since 1970 UTC; 0 for never
 * @param expectedVersion the version that the entity must have; -1 for any
 * @param stream the stream that the event belongs to
 * @param owner the user for whom the event is {@code own} in a role
 * @param entity the entity, of the same stream, that the event changes; null if none
 * @param publisher the publisher, for the audit
 * @param acceptedAtMicros when ingest accepted the event, microseconds since 1970 UTC
 */
@SuppressWarnings("ArrayRecordComponent") // compared by (source, id), never by value
public record Event(
        String id,
        String type,
        String source,
        long timeMicros,
        Priority priority,
        byte[] data,
        byte[] metadata,
        long expiresAtMicros,
        long expectedVersion,
        @Nullable Recipients target,
        @Nullable Recipients exclude,
        String stream,
        @Nullable String owner,
        @Nullable EntityRef entity,
        String publisher,
        long acceptedAtMicros) {

    /** The expected version that matches any version. */
    public static final long ANY_VERSION = -1;

    /** Bytes for the names of members, the times, the priority and the position. */
    private static final int ENVELOPE = 384;

    private static final byte[] EMPTY_OBJECT = {'{', '}'};

    /**
     * Bytes of the stored event: data, metadata and envelope. The message to clients has no more.
     */
    public int size() {
        return ENVELOPE
                + data.length
                + metadata.length
                + bytes(id)
                + bytes(type)
                + bytes(source)
                + bytes(stream)
                + bytes(publisher)
                + (owner == null ? 0 : bytes(owner))
                + (entity == null ? 0 : bytes(entity.kind()) + bytes(entity.id()))
                + bytes(target)
                + bytes(exclude);
    }

    private static int bytes(@Nullable Recipients audience) {
        if (audience == null) {
            return 0;
        }
        int bytes = 0;
        for (Set<String> names : List.of(audience.roles(), audience.users(), audience.connections())) {
            for (String name : names) {
                bytes += bytes(name);
            }
        }
        return bytes;
    }

    /** Bytes in UTF-8 between the quotation marks of a JSON string. */
    private static int bytes(String text) {
        int bytes = 2;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes += c == '"' || c == '\\' ? 2 : 1;
            } else {
                // A surrogate pair is four bytes.
                bytes += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        }
        return bytes;
    }

    public boolean expired(long nowMicros) {
        return expiresAtMicros != 0 && nowMicros > expiresAtMicros;
    }

    /**
     * A builder of an event with empty data and metadata, normal priority, no entity, no stream yet, that never
     * expires.
     */
    public static Builder builder(String id, String type, String source) {
        return new Builder(id, type, source);
    }

    /** A builder that starts with the values of this event. */
    public Builder toBuilder() {
        return new Builder(id, type, source)
                        .timeMicros(timeMicros)
                        .priority(priority)
                        .data(data)
                        .metadata(metadata)
                        .expiresAtMicros(expiresAtMicros)
                        .expectedVersion(expectedVersion)
                        .target(target)
                        .exclude(exclude)
                        .stream(stream)
                        .owner(owner)
                        .entity(entity)
                        .publisher(publisher)
                        .acceptedAtMicros(acceptedAtMicros);
    }

    /** A copy without data and metadata. */
    public Event envelope() {
        return toBuilder().data(EMPTY_OBJECT).metadata(EMPTY_OBJECT).build();
    }

    /** A builder of events, whose parts are described at {@link Event}. Used by one thread. */
    public static final class Builder {
        private final String id;
        private final String type;
        private final String source;
        private long timeMicros;
        private Priority priority = Priority.NORMAL;
        private byte[] data = EMPTY_OBJECT;
        private byte[] metadata = EMPTY_OBJECT;
        private long expiresAtMicros;
        private long expectedVersion = ANY_VERSION;
        private @Nullable Recipients target;
        private @Nullable Recipients exclude;
        private String stream = "";
        private @Nullable String owner;
        private @Nullable EntityRef entity;
        private String publisher = "";
        private long acceptedAtMicros;

        private Builder(String id, String type, String source) {
            this.id = id;
            this.type = type;
            this.source = source;
        }

        public Builder timeMicros(long value) {
            timeMicros = value;
            return this;
        }

        public Builder priority(Priority value) {
            priority = value;
            return this;
        }

        public Builder data(byte[] value) {
            data = value;
            return this;
        }

        public Builder metadata(byte[] value) {
            metadata = value;
            return this;
        }

        public Builder expiresAtMicros(long value) {
            expiresAtMicros = value;
            return this;
        }

        public Builder expectedVersion(long value) {
            expectedVersion = value;
            return this;
        }

        public Builder target(@Nullable Recipients value) {
            target = value;
            return this;
        }

        public Builder exclude(@Nullable Recipients value) {
            exclude = value;
            return this;
        }

        public Builder stream(String value) {
            stream = value;
            return this;
        }

        public Builder owner(@Nullable String value) {
            owner = value;
            return this;
        }

        public Builder entity(@Nullable EntityRef value) {
            entity = value;
            return this;
        }

        public Builder publisher(String value) {
            publisher = value;
            return this;
        }

        public Builder acceptedAtMicros(long value) {
            acceptedAtMicros = value;
            return this;
        }

        public Event build() {
            return new Event(
                    id,
                    type,
                    source,
                    timeMicros,
                    priority,
                    data,
                    metadata,
                    expiresAtMicros,
                    expectedVersion,
                    target,
                    exclude,
                    stream,
                    owner,
                    entity,
                    publisher,
                    acceptedAtMicros);
        }
    }
}
