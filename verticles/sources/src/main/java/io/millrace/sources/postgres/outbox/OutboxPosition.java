package io.millrace.sources.postgres.outbox;

import io.vertx.core.json.JsonObject;

/**
 * Where an outbox is, saved with its lease. A row belongs to the transaction that wrote it, and is read when no
 * transaction that is older can still add one: then all rows of the transactions from one bound to the next are read, in
 * the order of their keys. So a row whose transaction commits late is read late, and never left out. Immutable.
 *
 * @param done the rows of the transactions before this one are read; 0 for none
 * @param until the rows of those before this one are being read; as {@code done} if none are
 * @param after the key of the last row that was read of them
 */
record OutboxPosition(long done, long until, long after) {
    static final long NO_KEY = Long.MIN_VALUE;

    /** Nothing is being read. */
    static OutboxPosition at(long done) {
        return new OutboxPosition(done, done, NO_KEY);
    }

    boolean isReading() {
        return done != until;
    }

    OutboxPosition to(long bound) {
        return new OutboxPosition(done, bound, NO_KEY);
    }

    OutboxPosition after(long key) {
        return new OutboxPosition(done, until, key);
    }

    OutboxPosition read() {
        return at(until);
    }

    JsonObject json() {
        return new JsonObject().put("done", done).put("until", until).put("after", after);
    }

    static OutboxPosition of(JsonObject json) {
        return new OutboxPosition(json.getLong("done"), json.getLong("until"), json.getLong("after"));
    }
}
