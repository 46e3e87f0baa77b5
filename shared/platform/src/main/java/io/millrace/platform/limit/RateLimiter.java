package io.millrace.platform.limit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One limit: so many tokens in a time, of each key, and as many in a burst; all nodes together. Never waits. Safe from any
 * thread.
 */
public final class RateLimiter {
    /** The buckets of so many keys are in memory; one that was forgotten is known from the other nodes. */
    static final int MAX_KEYS = 100_000;

    /** The longest time until a bucket is full, unless two whole ones are longer. */
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final RateLimits shared;
    private final String name;
    private final int most;
    private final double bucketNanos;
    private final Cache<String, TokenBucket> buckets;

    RateLimiter(RateLimits shared, String name, int most, Duration time) {
        this.shared = shared;
        this.name = name;
        this.most = most;
        this.bucketNanos = time.toNanos();
        // After that time a bucket is full, also one of which nodes have spent two.
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_KEYS)
                .expireAfterAccess(time.multipliedBy(2).plusSeconds(1))
                .build();
    }

    double tokenNanos() {
        return bucketNanos / most;
    }

    double bucketNanos() {
        return bucketNanos;
    }

    /** A total is at most that much in debt, so that a clock of Redis that is set back blocks nobody for long. */
    double mostNanos() {
        return Math.max(2 * bucketNanos, MINUTE.toNanos());
    }

    /**
     * Takes tokens, or fails as {@link Failure#RATE_LIMITED} with the time until they can be had, and takes none.
     *
     * @param key whose they are: any text
     * @param limit what is limited, for the message: {@code 100 polls in a minute}
     */
    public void take(String key, int tokens, Supplier<String> limit) {
        long now = shared.nanos();
        TokenBucket bucket = buckets.get(key, first -> new TokenBucket(this, id(first), now));
        long waitNanos = bucket.take(tokens, now);
        if (waitNanos > 0) {
            throw new MillraceException(
                    Failure.RATE_LIMITED,
                    "more than " + limit.get(),
                    TimeUnit.NANOSECONDS.toMillis(waitNanos + TimeUnit.MILLISECONDS.toNanos(1) - 1));
        }
        shared.spent(bucket);
    }

    /** At most {@link #MAX_KEYS}, once those that were dropped are removed. */
    long keys() {
        buckets.cleanUp();
        return buckets.estimatedSize();
    }

    /** A digest: of one length, and of letters and digits alone, whatever a client has called itself. */
    private String id(String key) {
        return name + ":" + Sha256.base64url(key.getBytes(StandardCharsets.UTF_8));
    }
}
