package io.millrace.ingest.intake;

/**
 * A token bucket: so many a second, and as many again in a burst. A request larger than the bucket passes when the
 * bucket is full, and is paid for afterwards. Owned by one event loop.
 */
final class TokenBucket {
    private final double perNano;
    private final double most;
    private double tokens;
    private long lastNanos;
    private boolean used;

    TokenBucket(int perSecond) {
        this.perNano = perSecond / 1e9;
        this.most = perSecond;
        this.tokens = perSecond;
    }

    boolean take(int wanted, long nowNanos) {
        if (used) {
            tokens = Math.min(most, tokens + (nowNanos - lastNanos) * perNano);
        }
        used = true;
        lastNanos = nowNanos;
        if (tokens < Math.min(wanted, most)) {
            return false;
        }
        tokens -= wanted;
        return true;
    }
}
