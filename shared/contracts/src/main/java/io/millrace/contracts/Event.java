package io.millrace.contracts;

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
        @Nullable Audience target,
        @Nullable Audience exclude,
        String stream,
        @Nullable String owner,
        @Nullable EntityRef entity,
        String publisher,
        long acceptedAtMicros) {

    /** Any version of the entity will do. */
    public static final long ANY_VERSION = -1;

    private static final byte[] NOTHING = {'{', '}'};

    public boolean expired(long nowMicros) {
        return expiresAtMicros != 0 && nowMicros > expiresAtMicros;
    }

    /**
     * The same with other data.
     *
     * @param newOwner as the data say
     */
    public Event with(byte[] newData, @Nullable String newOwner) {
        return with(newData, metadata, newOwner);
    }

    /** The same without what it says: empty data and metadata. */
    public Event envelope() {
        return with(NOTHING, NOTHING, owner);
    }

    private Event with(byte[] newData, byte[] newMetadata, @Nullable String newOwner) {
        return new Event(
                id,
                type,
                source,
                timeMicros,
                priority,
                newData,
                newMetadata,
                expiresAtMicros,
                expectedVersion,
                target,
                exclude,
                stream,
                newOwner,
                entity,
                publisher,
                acceptedAtMicros);
    }
}
