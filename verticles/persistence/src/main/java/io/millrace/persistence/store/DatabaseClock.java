package io.millrace.persistence.store;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.text.Micros;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of PostgreSQL, which all nodes share: asked for every second, and counted on by this node's monotonic clock, since a
 * node's own clock may be wrong or jump. Before the first answer it is this node's. Owned by the event loop that made it.
 */
public final class DatabaseClock {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseClock.class);
    private static final int ASK_EVERY_MS = 1_000;
    /** A later answer says too little of the time at which it comes. */
    private static final long LATEST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /**
     * Clocks that are kept by NTP differ by much less. Of a node that is no more ahead the times are left as they are: they keep
     * the order in which it took its events, some of which wait in the queue longer than others.
     */
    private static final long TOLERANCE_MICROS = 10_000_000;
    /** How old the last answer may be, and how far this node's clocks may have drifted apart since. */
    private static final long TRUSTED_MICROS = 5_000_000;

    private static final long APART_MICROS = 1_000_000;

    private static final String NOW = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

    private final Pool pool;
    private long atMicros = Micros.now();
    private long atNanos = System.nanoTime();
    private long atWallMicros = Micros.now();
    private boolean answered;

    public DatabaseClock(Vertx vertx, Pool pool) {
        this.pool = pool;
        vertx.setPeriodic(ASK_EVERY_MS, timer -> ask());
    }

    /** As {@link #ask}, but once more if the first answer was late, as it is when it waited for a connection to be made. */
    public Future<Void> begin() {
        return ask().compose(asked -> answered ? Future.succeededFuture() : ask());
    }

    /** Completes when PostgreSQL has been asked, successfully or not. */
    Future<Void> ask() {
        long asked = System.nanoTime();
        return pool.query(NOW)
                .execute()
                .<Void>map(rows -> {
                    long now = System.nanoTime();
                    if (now - asked < LATEST_NANOS) {
                        atMicros = rows.iterator().next().getLong(0);
                        atNanos = asked + (now - asked) / 2;
                        atWallMicros = Micros.now() - TimeUnit.NANOSECONDS.toMicros(now - atNanos);
                        answered = true;
                    }
                    return null;
                })
                .onFailure(error -> LOG.debug("PostgreSQL does not tell the time: {}", error.getMessage()))
                .otherwiseEmpty();
    }

    /** Microseconds since 1970 UTC. */
    public long micros() {
        return atMicros + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - atNanos);
    }

    /**
     * The event as accepted now, if the node that took it says that it was accepted later: its clock is ahead, and until that
     * time every later event of the same entity would be taken for an older one.
     */
    public Event notLater(Event event) {
        long now = micros();
        return event.acceptedAtMicros() > now + TOLERANCE_MICROS && isTrusted()
                ? event.toBuilder().acceptedAtMicros(now).build()
                : event;
    }

    /** Not while PostgreSQL doesn't answer, nor right after this machine stood still, when its monotonic clock did too. */
    private boolean isTrusted() {
        long passed = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - atNanos);
        return answered && passed < TRUSTED_MICROS && Math.abs(Micros.now() - atWallMicros - passed) < APART_MICROS;
    }
}
