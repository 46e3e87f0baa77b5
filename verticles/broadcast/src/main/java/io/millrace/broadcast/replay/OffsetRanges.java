package io.millrace.broadcast.replay;

/** The last offsets that were skipped, so that somebody may be told why an event didn't come. Bounded; owned by one loop. */
public final class OffsetRanges {
    private static final int MAX = 256;

    private final long[] from = new long[MAX];
    private final long[] to = new long[MAX];
    private int count;

    /** These and all between. */
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
