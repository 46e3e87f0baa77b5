package io.millrace.sources.postgres.value;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which transactions a snapshot of PostgreSQL has seen: pg_snapshot, {@code xmin:xmax:xip,…} (manual, 9.28).
 *
 * @param before all below have ended
 * @param from this and all above had not
 * @param running those between that had not
 */
public record VisibleTransactions(long before, long from, Set<Long> running) {
    private static final long LOW = 0xffff_ffffL;
    private static final long EPOCH = 1L << 32;

    public static VisibleTransactions parse(String text) {
        String[] parts = text.split(":", 3);
        return new VisibleTransactions(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Arrays.stream(parts[2].split(","))
                        .filter(id -> !id.isEmpty())
                        .map(Long::valueOf)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /**
     * Whether a transaction that has been committed had been so for the snapshot.
     *
     * @param transaction the lower 32 bits of its number, as the log has it
     */
    public boolean has(long transaction) {
        long full = from & ~LOW | transaction & LOW;
        if (full - from > EPOCH / 2) {
            full -= EPOCH;
        } else if (from - full > EPOCH / 2) {
            full += EPOCH;
        }
        return full < from && !running.contains(full);
    }
}
