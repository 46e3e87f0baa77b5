package io.millrace.contracts.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One event, checked and complete. Immutable: neither array is ever written after construction, so that it travels by
 * reference inside a node.
 *
 * @param id unique together with {@code source}; 1 to 128 characters
 * @param timeMicros when it happened, microseconds since 1970 UTC
 * @param data the sender's JSON object as its bytes, on one line; parsed once, at ingest
 * @param metadata what receivers are shown besides: a JSON object of category, tags and the like, on one line
 * @param expiresAtMicros dropped where it stands after this time; 0 for never
 * @param expectedVersion the version that its entity must have; -1 for any
 * @param stream where it is ordered and who may follow it
 * @param owner the user whom {@code own} in a role means
 * @param entity what it changes, of its own stream; null if nothing
 * @param publisher who sent it, for the audit
 * @param acceptedAtMicros when ingest took it, microseconds since 1970 UTC
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

    /** Any version of the entity will do. */
    public static final long ANY_VERSION = -1;

    /** Bytes for the names of members, the times, the priority and the position. */
    private static final int ENVELOPE = 384;

    private static final byte[] EMPTY_OBJECT = {'{', '}'};

    /**
     * Bytes of it as it is kept: data, metadata, and what stands around them. The message that a client gets of it has no
     * more.
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

    /** As UTF-8 between the quotation marks of a JSON string. */
    private static int bytes(String text) {
        int bytes = 2;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes += c == '"' || c == '\\' ? 2 : 1;
            } else {
                // A pair of surrogates is four bytes.
                bytes += c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
        }
        return bytes;
    }

    public boolean expired(long nowMicros) {
        return expiresAtMicros != 0 && nowMicros > expiresAtMicros;
    }

    /** An event of empty data and metadata, of normal priority, that changes no entity, has no stream yet and never expires. */
    public static Builder builder(String id, String type, String source) {
        return new Builder(id, type, source);
    }

    /** A builder that begins with what this event has. */
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

    /** The same without data and metadata. */
    public Event envelope() {
        return toBuilder().data(EMPTY_OBJECT).metadata(EMPTY_OBJECT).build();
    }

    /** Names the parts of an event; each is described at the event. Not safe for several threads. */
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
