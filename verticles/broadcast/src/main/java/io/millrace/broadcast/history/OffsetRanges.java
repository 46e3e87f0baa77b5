package io.millrace.broadcast.history;

/** The last ranges of offsets that were skipped, so that a trace can say why an event wasn't delivered. Bounded; owned by one event loop. */
public final class OffsetRanges {
    private static final int MAX = 256;

    private final long[] from = new long[MAX];
    private final long[] to = new long[MAX];
    private int count;

    /** Adds all offsets from the first to the last. */
    public void add(long first, long last) {
        from[count % MAX] = first;
        to[count % MAX] = last;
        count++;
    }

    public boolean contains(long offset) {
        for (int i = 0; i < Math.min(count, MAX); i++) {
            if (from[i] <= offset && offset <= to[i]) {
                return true;
            }
        }
        return false;
    }
}
