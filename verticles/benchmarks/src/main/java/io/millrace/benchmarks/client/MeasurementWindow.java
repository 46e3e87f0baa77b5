package io.millrace.benchmarks.client;

import org.HdrHistogram.Histogram;

/**
 * The part of a phase that counts, and the times of the events that were meant to be sent in it. Times run from the moment
 * at which an event should have been sent, so a sender held up doesn't hide the wait. Written by the reading thread; read
 * by others after the phase has drained.
 */
public final class MeasurementWindow {
    private static final int DIGITS = 3;

    final long fromNanos;
    final long toNanos;
    public final Histogram toSocket = new Histogram(DIGITS);
    public final Histogram toAnswer = new Histogram(DIGITS);

    /** Both in {@link System#nanoTime()}. */
    public MeasurementWindow(long fromNanos, long toNanos) {
        this.fromNanos = fromNanos;
        this.toNanos = toNanos;
    }

    void arrived(long intendedNanos, long nowNanos) {
        record(toSocket, intendedNanos, nowNanos);
    }

    public void answered(long intendedNanos, long nowNanos) {
        record(toAnswer, intendedNanos, nowNanos);
    }

    private void record(Histogram times, long intendedNanos, long nowNanos) {
        if (intendedNanos >= fromNanos && intendedNanos < toNanos) {
            times.recordValue(Math.max(0, nowNanos - intendedNanos));
        }
    }
}
