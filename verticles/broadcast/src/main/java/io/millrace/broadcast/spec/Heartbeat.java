package io.millrace.broadcast.spec;

import java.util.function.BooleanSupplier;

/**
 * Whether a client is alive: what it sent, whether it answers pings, and whether it reads. Times are milliseconds of a
 * clock that only goes forward. Owned by its connection's event loop.
 */
public final class Heartbeat {
    /** A client whose socket is filled by other streams of its HTTP/2 connection gets this many times longer. */
    private static final int STARVED = 3;

    private long lastSeenAtMs;
    private long pingedAtMs;
    private long fullSinceMs;

    /** What {@link #check} finds. */
    public enum Verdict {
        ALIVE,
        /** The client was silent for {@link ConnectionTimeouts#heartbeat}. */
        PING_DUE,
        /** The client didn't answer a ping within {@link ConnectionTimeouts#grace}. */
        LOST,
        /** The client took nothing for {@link ConnectionTimeouts#slow}. */
        STUCK
    }

    public Heartbeat(long nowMs) {
        lastSeenAtMs = nowMs;
    }

    /** The client sent something, or read something. */
    public void seen(long nowMs) {
        lastSeenAtMs = nowMs;
        pingedAtMs = 0;
    }

    /** The socket is full: the client reads nothing now. */
    public void full(long nowMs) {
        fullSinceMs = nowMs;
    }

    /** For how many milliseconds the socket has been full; 0 if it has room. */
    public long fullMs(long nowMs) {
        return fullSinceMs == 0 ? 0 : Math.max(1, nowMs - fullSinceMs);
    }

    /** The socket has room again, so the client is alive, even if its answer to a ping is still queued behind. */
    public void drained(long nowMs) {
        fullSinceMs = 0;
        seen(nowMs);
    }

    /** @param sent whether the transport can ping */
    public void pinged(boolean sent, long nowMs) {
        if (sent) {
            pingedAtMs = nowMs;
        } else {
            lastSeenAtMs = nowMs;
        }
    }

    /** @param starved whether other streams of its HTTP/2 connection fill the socket: they are cut first */
    public Verdict check(ConnectionTimeouts timeouts, long nowMs, BooleanSupplier starved) {
        long slowMs = timeouts.slow().toMillis();
        if (fullSinceMs != 0
                && nowMs - fullSinceMs > slowMs
                && (!starved.getAsBoolean() || nowMs - fullSinceMs > STARVED * slowMs)) {
            return Verdict.STUCK;
        }
        if (pingedAtMs != 0) {
            boolean late = nowMs - pingedAtMs > timeouts.grace().toMillis();
            return late && fullSinceMs == 0 ? Verdict.LOST : Verdict.ALIVE;
        }
        return nowMs - lastSeenAtMs > timeouts.heartbeat().toMillis() ? Verdict.PING_DUE : Verdict.ALIVE;
    }
}
