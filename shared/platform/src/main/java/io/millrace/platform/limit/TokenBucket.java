package io.millrace.platform.limit;

/**
 * What one key of a limit has spent, as this node knows it: the generic cell rate algorithm (ITU-T I.371), in which a
 * bucket is the time until it is full again. A request for more than a whole bucket passes when the bucket is full, and is
 * paid for afterwards. Safe from any thread.
 */
final class TokenBucket {
    private final RateLimiter limiter;
    /** Names it outside of this node, too. */
    private final String id;

    /** The nanoseconds until the bucket is full, at {@link #sinceNanos}; above a whole one if nodes have spent too much. */
    private double spent;

    private long sinceNanos;
    /** The part of it that the other nodes don't know of. */
    private double unshared;

    private volatile boolean queued;

    TokenBucket(RateLimiter limiter, String id, long nowNanos) {
        this.limiter = limiter;
        this.id = id;
        this.sinceNanos = nowNanos;
    }

    String id() {
        return id;
    }

    RateLimiter limiter() {
        return limiter;
    }

    /** Returns 0 if the tokens were taken, else the nanoseconds until they can be. */
    synchronized long take(int tokens, long nowNanos) {
        settle(nowNanos);
        double cost = tokens * limiter.tokenNanos();
        double missing = Math.min(cost, limiter.bucketNanos()) - (limiter.bucketNanos() - spent);
        // A token's worth of rounding must not cost a token.
        if (missing > limiter.tokenNanos() / 1_000) {
            return (long) Math.ceil(missing);
        }
        spent += cost;
        unshared += cost;
        return 0;
    }

    /** Whether it has to be queued for the other nodes; true once until {@link #share}. */
    boolean mustQueue() {
        // What was taken before this was read is shared later.
        return !queued && queue();
    }

    private synchronized boolean queue() {
        boolean must = !queued && unshared > 0;
        queued |= must;
        return must;
    }

    /** It can't be told to other nodes now. */
    synchronized void keep() {
        queued = false;
        unshared = 0;
    }

    /** The nanoseconds' worth of tokens that the other nodes are told of now. */
    synchronized double share() {
        double now = unshared;
        keep();
        return now;
    }

    /**
     * All nodes together have spent this at a time. What they forgot, since Redis was restarted, this node still knows.
     *
     * @param allNanos as {@link #spent}
     */
    synchronized void learn(double allNanos, long atNanos, long nowNanos) {
        settle(nowNanos);
        spent = Math.max(spent, allNanos - (nowNanos - atNanos) + unshared);
    }

    private void settle(long nowNanos) {
        spent = Math.max(0, spent - (nowNanos - sinceNanos));
        sinceNanos = nowNanos;
    }
}
