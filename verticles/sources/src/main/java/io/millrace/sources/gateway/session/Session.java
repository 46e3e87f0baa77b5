package io.millrace.sources.gateway.session;

import io.millrace.postgres.lease.Lease;
import io.millrace.sources.gateway.GatewaySource;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The session of a shard, kept with its lease, so that the next node resumes it: where, and behind which dispatch. That
 * is the last one that was acknowledged here, not the last that came. Belongs to one event loop.
 */
final class Session {
    private static final String ID = "session";
    private static final String RESUME = "resume";
    private static final String SEQUENCE = "sequence";
    private static final String ALIVE = "alive";
    private static final String LOST = "lost";
    private static final String INTENTS = "intents";
    private static final String SHARD = "shard";
    /** How often it is noted that all is well. */
    private static final long ALIVE_EVERY_MS = 5_000;

    private final Lease lease;
    private final long intents;
    private final JsonArray shard;
    private @Nullable String id;
    private @Nullable String resumeAddress;
    private long acknowledged;
    private long aliveMs;
    private @Nullable String lost;
    private volatile @Nullable String missing;
    private boolean changed;

    Session(Lease lease, GatewaySource source, int shard) {
        this.lease = lease;
        this.intents = source.intents();
        this.shard = new JsonArray().add(shard).add(source.shards());
        JsonObject saved = lease.progress();
        if (saved == null) {
            return;
        }
        id = saved.getString(ID);
        resumeAddress = saved.getString(RESUME);
        acknowledged = saved.getLong(SEQUENCE, 0L);
        aliveMs = saved.getLong(ALIVE, 0L);
        lost = saved.getString(LOST);
        boolean same = saved.getLong(INTENTS, 0L) == intents && this.shard.equals(saved.getJsonArray(SHARD));
        if (id != null && !same) {
            lose("the file names other intents or shards than before");
        }
    }

    /** Whether there is one to resume. */
    boolean isKnown() {
        return id != null;
    }

    String id() {
        return Objects.requireNonNull(id);
    }

    /** Where to resume it, as the gateway told. */
    @Nullable
    String resumeAddress() {
        return resumeAddress;
    }

    /** The sequence of the last dispatch that is done with; 0 for none. */
    long acknowledged() {
        return acknowledged;
    }

    /** A dispatch of a session, and all before it, are done with. */
    void acknowledged(String of, long sequence, long nowMs) {
        if (of.equals(id) && sequence > acknowledged) {
            acknowledged = sequence;
            aliveMs = nowMs;
            changed = true;
        }
    }

    /** The session is resumed, and nothing of it waits. */
    void alive(long nowMs) {
        if (nowMs - aliveMs > ALIVE_EVERY_MS) {
            aliveMs = nowMs;
            changed = true;
        }
    }

    /** It can't be resumed. */
    void lose(String why) {
        if (id != null) {
            id = null;
            lost = why;
            changed = true;
        }
    }

    /** A new one; returns whether nothing is missing between the one before and this. */
    boolean begin(String newId, @Nullable String address, long nowMs) {
        lose("the gateway began another");
        boolean complete = lost == null;
        if (!complete) {
            missing = "dispatches between " + seconds(aliveMs) + " and " + seconds(nowMs)
                    + " may be missing, for the session could not be resumed: " + lost;
        }
        id = newId;
        resumeAddress = address;
        acknowledged = 0;
        aliveMs = nowMs;
        lost = null;
        changed = true;
        return complete;
    }

    /** What may be missing since this node has the lease; null if nothing is. Safe from any thread. */
    @Nullable
    String missing() {
        return missing;
    }

    private static Instant seconds(long ms) {
        return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS);
    }

    /** Saves what has changed. */
    Future<Void> save() {
        if (!changed) {
            return Future.succeededFuture();
        }
        changed = false;
        JsonObject now = new JsonObject()
                .put(ID, id)
                .put(RESUME, resumeAddress)
                .put(SEQUENCE, acknowledged)
                .put(ALIVE, aliveMs)
                .put(LOST, lost)
                .put(INTENTS, intents)
                .put(SHARD, shard.copy());
        return lease.save(now).onFailure(error -> changed = true);
    }
}
