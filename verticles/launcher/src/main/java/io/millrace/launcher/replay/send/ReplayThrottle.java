package io.millrace.launcher.replay.send;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Computes when an event is due if the time between events passes N times as fast as it did. Used by one thread. */
public final class ReplayThrottle {
    /** As fast as the server accepts events. */
    public static final double MAX = Double.POSITIVE_INFINITY;

    private final double speed;
    private final Sleeper timing;
    private @Nullable Instant firstEvent;
    private long firstNanos;

    /** @param speed seconds of event time in one second of real time, or {@link #MAX} */
    public ReplayThrottle(double speed, Sleeper timing) {
        this.speed = speed;
        this.timing = timing;
    }

    /** The time until an event is due; zero if it is. The first event is due at once. */
    public Duration untilDue(@Nullable Instant timestamp) {
        if (speed == MAX || timestamp == null) {
            return Duration.ZERO;
        }
        if (firstEvent == null) {
            firstEvent = timestamp;
            firstNanos = timing.nanoTime();
        }
        double dueNanos = Duration.between(firstEvent, timestamp).toMillis() * 1e6 / speed;
        long wait = (long) dueNanos - (timing.nanoTime() - firstNanos);
        return wait > 0 ? Duration.ofNanos(wait) : Duration.ZERO;
    }
}
