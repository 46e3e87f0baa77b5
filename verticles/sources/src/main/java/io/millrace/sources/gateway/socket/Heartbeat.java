package io.millrace.sources.gateway.socket;

import io.vertx.core.Vertx;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * The heartbeat of a connection, which depends on nothing else that it does. The first beat comes after a random part of
 * the interval, so that the many bots that a gateway's restart has brought back don't beat together. Belongs to one event
 * loop.
 */
final class Heartbeat {
    private final Vertx vertx;
    private final Runnable beat;
    private final Consumer<String> lost;
    private long intervalMs;
    private long timer = -1;
    private boolean awaited;
    /** How many beats were sent while nothing was read: their acknowledgements can't be seen. */
    private int unread;

    private boolean reading = true;

    /**
     * @param beat sends one
     * @param lost told, with the reason, if the connection is of no use any more
     */
    Heartbeat(Vertx vertx, Runnable beat, Consumer<String> lost) {
        this.vertx = vertx;
        this.beat = beat;
        this.lost = lost;
    }

    void start(long everyMs) {
        vertx.cancelTimer(timer);
        intervalMs = everyMs;
        long first = 1 + (long) (everyMs * ThreadLocalRandom.current().nextDouble());
        timer = vertx.setTimer(first, fired -> beat());
    }

    private void beat() {
        if (!reading) {
            unread++;
            if (unread > 2) {
                lost.accept("its events were not taken for longer than the gateway waits");
                return;
            }
        } else if (awaited) {
            lost.accept("the gateway didn't acknowledge the heartbeat");
            return;
        }
        awaited = true;
        timer = vertx.setTimer(intervalMs, fired -> beat());
        beat.run();
    }

    void acknowledged() {
        awaited = false;
    }

    /** Nothing is read for now. */
    void pause() {
        reading = false;
        unread = 0;
    }

    /** What waits is read: the acknowledgement may be behind it. */
    void resume() {
        reading = true;
        awaited = false;
    }

    void stop() {
        vertx.cancelTimer(timer);
    }
}
