package io.millrace.platform.alert;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/** How much a count has grown within the last minutes. Belongs to one event loop. */
final class RecentIncrease {
    /** Over which it is counted. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(10);

    private record Sample(long atNanos, double count) {}

    private final ArrayDeque<Sample> samples = new ArrayDeque<>();

    /** Takes what the count is now, and returns by how much it has grown. */
    double add(long nowNanos, double count) {
        Sample last = samples.peekLast();
        if (last == null || nowNanos - last.atNanos() >= STEP_NANOS) {
            samples.add(new Sample(nowNanos, count));
        }
        while (samples.size() > 1 && nowNanos - samples.getFirst().atNanos() > WINDOW.toNanos()) {
            samples.removeFirst();
        }
        return count - samples.getFirst().count();
    }
}
