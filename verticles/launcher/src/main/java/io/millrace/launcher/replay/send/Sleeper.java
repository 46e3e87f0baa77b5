package io.millrace.launcher.replay.send;

import java.time.Duration;

/** A clock and a sleep, replaced in tests. Safe from any thread. */
public interface Sleeper {
    Sleeper SYSTEM = new Sleeper() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
        }
    };

    /** As {@link System#nanoTime}. */
    long nanoTime();

    void sleep(Duration duration) throws InterruptedException;
}
