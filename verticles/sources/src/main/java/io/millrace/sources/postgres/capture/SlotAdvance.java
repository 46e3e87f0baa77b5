package io.millrace.sources.postgres.capture;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Decides when a slot is moved in whose tables nothing happens. Belongs to one event loop. */
public final class SlotAdvance {
    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final long BYTES = 64L << 20;

    private final long bytes;
    private final LongSupplier nanos;
    private long lastNanos;
    private long lastBatches = -1;

    public SlotAdvance() {
        this(BYTES, System::nanoTime);
    }

    /**
     * @param bytes how far a slot may be behind
     * @param nanos a monotonic clock
     */
    public SlotAdvance(long bytes, LongSupplier nanos) {
        this.bytes = bytes;
        this.nanos = nanos;
        this.lastNanos = nanos.getAsLong() - EVERY_NANOS;
    }

    /**
     * Whether to move it now: it is far behind, nothing has come since the last question, and the last move is minutes ago,
     * since reading stops for a second.
     *
     * @param batches how many have come so far
     */
    boolean isDue(long behindBytes, long batches) {
        boolean quiet = batches == lastBatches;
        lastBatches = batches;
        if (!quiet || behindBytes <= bytes || nanos.getAsLong() - lastNanos < EVERY_NANOS) {
            return false;
        }
        lastNanos = nanos.getAsLong();
        return true;
    }
}
