package io.millrace.launcher.replay;

import io.millrace.launcher.replay.send.Sleeper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes only by waiting, and at once. */
public final class FakeTiming implements Sleeper {
    private final AtomicLong now = new AtomicLong();
    final List<Duration> sleeps = new CopyOnWriteArrayList<>();
    /** What happens meanwhile. */
    volatile Runnable onSleep = () -> {};

    @Override
    public long nanoTime() {
        return now.get();
    }

    @Override
    public void sleep(Duration duration) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        sleeps.add(duration);
        now.addAndGet(duration.toNanos());
        onSleep.run();
    }
}
