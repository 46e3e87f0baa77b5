package io.millrace.sources.redis.consume;

import io.millrace.postgres.lease.Lease;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a source is, kept with its lease: until when its channels were heard, and the last entry of each stream that was
 * taken. The group in Redis decides what is read; this tells what has gone missing there. Belongs to one event loop.
 */
final class ReadPositions {
    private static final String HEARD = "heard";
    private static final String READ = "read";

    private final Lease lease;
    private final Map<String, EntryId> read = new HashMap<>();
    private final Map<String, Long> trimmed = new HashMap<>();
    private long heardMs;
    private boolean changed;

    ReadPositions(Lease lease) {
        this.lease = lease;
        JsonObject saved = lease.progress();
        if (saved != null) {
            heardMs = saved.getLong(HEARD, 0L);
            JsonObject streams = saved.getJsonObject(READ, new JsonObject());
            streams.forEach(entry -> read.put(entry.getKey(), EntryId.parse(String.valueOf(entry.getValue()))));
        }
    }

    /** Milliseconds since 1970; 0 if they were never heard. */
    long heardMs() {
        return heardMs;
    }

    void heardUntil(long ms) {
        heardMs = ms;
        changed = true;
    }

    /** Null if nothing is known of the stream. */
    @Nullable
    EntryId readUntil(String stream) {
        return read.get(stream);
    }

    void readUntil(String stream, EntryId last) {
        EntryId before = read.get(stream);
        if (before == null || before.compareTo(last) < 0) {
            read.put(stream, last);
            changed = true;
        }
    }

    /** The stream was made anew, with smaller ids. */
    void forget(String stream) {
        read.remove(stream);
        changed = true;
    }

    /** How many of the entries that were trimmed unread weren't told yet. */
    long newlyTrimmed(String stream, long now) {
        Long before = trimmed.put(stream, now);
        return Math.max(0, now - (before == null ? 0 : before));
    }

    /** Saves what has changed. */
    Future<Void> save() {
        if (!changed) {
            return Future.succeededFuture();
        }
        changed = false;
        JsonObject streams = new JsonObject();
        read.forEach((stream, id) -> streams.put(stream, id.toString()));
        return lease.save(new JsonObject().put(HEARD, heardMs).put(READ, streams))
                .onFailure(error -> changed = true);
    }
}
