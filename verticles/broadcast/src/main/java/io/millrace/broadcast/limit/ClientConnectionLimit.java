package io.millrace.broadcast.limit;

import io.micrometer.core.instrument.Counter;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Limits how many connections each user, or each address, has open at the same time. Safe from any thread. */
final class ClientConnectionLimit {
    private static final long RETRY_AFTER_MS = 5_000;

    private final String client;
    private final int max;
    private final Counter refused;
    private final ConcurrentMap<String, Integer> open = new ConcurrentHashMap<>();

    /**
     * Makes a limit.
     *
     * @param client what a client is, for the error message and as the end of the setting's name
     * @param max the largest number of connections; 0 for any number
     */
    ClientConnectionLimit(String client, int max, Counter refused) {
        this.client = client;
        this.max = max;
        this.refused = refused;
    }

    /** Fails as {@link Failure#RATE_LIMITED} if another connection would be refused. */
    void check(String key) {
        if (max > 0 && open.getOrDefault(key, 0) >= max) {
            throw full();
        }
    }

    /** Counts a connection; beyond the limit it fails as {@link Failure#RATE_LIMITED} and counts nothing. */
    void enter(String key) {
        if (max > 0) {
            open.compute(key, (same, count) -> {
                int before = count == null ? 0 : count;
                if (before >= max) {
                    throw full();
                }
                return before + 1;
            });
        }
    }

    /** A connection that was counted is closed. */
    void leave(String key) {
        if (max > 0) {
            open.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1);
        }
    }

    boolean isUnlimited() {
        return max == 0;
    }

    private MillraceException full() {
        refused.increment();
        return new MillraceException(
                Failure.RATE_LIMITED,
                "this " + client + " has " + max + " connections to this node, as many as broadcast.connections."
                        + client + " allows",
                RETRY_AFTER_MS);
    }
}
