package io.millrace.launcher.replay;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** When an event is due, if the time between events is to pass N times as fast as it did. Belongs to one thread. */
final class Pace {
    /** As fast as the server takes them. */
    static final double MAX = Double.POSITIVE_INFINITY;

    private final double speed;
    private final Timing timing;
    private @Nullable Instant firstEvent;
    private long firstNanos;

    /** @param speed seconds of the events' time in one second of ours, or {@link #MAX} */
    Pace(double speed, Timing timing) {
        this.speed = speed;
        this.timing = timing;
    }

    /** How long to wait for an event; zero if it is due. The first one is due at once. */
    Duration untilDue(@Nullable Instant timestamp) {
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
