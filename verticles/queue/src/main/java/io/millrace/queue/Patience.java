package io.millrace.queue;

import io.millrace.platform.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries the same again until the world takes it, or the stage stops. Owned by the queue verticle's event loop. */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

    private final Vertx vertx;
    private final Backoff backoff;
    private final QueueMeters meters;
    private boolean stopping;

    Patience(Vertx vertx, Backoff backoff, QueueMeters meters) {
        this.vertx = vertx;
        this.backoff = backoff;
        this.meters = meters;
    }

    /** From now on what fails isn't tried again: it stays in Kafka, for whoever gets the partition next. */
    void stop() {
        stopping = true;
    }

    /**
     * @param what waits, for the log
     */
    Future<Void> until(String what, Supplier<Future<Void>> attempt) {
        return attempt(what, attempt, 0);
    }

    private Future<Void> attempt(String what, Supplier<Future<Void>> attempt, int number) {
        return attempt.get().recover(error -> {
            meters.waited();
            if (number == 0) {
                LOG.warn("{} wait: {}", what, error.getMessage());
            }
            if (stopping) {
                return Future.failedFuture(error);
            }
            Promise<Void> waited = Promise.promise();
            vertx.setTimer(backoff.delayMs(number), timer -> waited.complete());
            return waited.future().compose(v -> attempt(what, attempt, number + 1));
        });
    }
}
