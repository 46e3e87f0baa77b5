package io.millrace.queue.commit;

import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries the same again until the world takes it, or the stage stops. Owned by the queue verticle's event loop. */
public final class BackendRetry {
    private static final Logger LOG = LoggerFactory.getLogger(BackendRetry.class);

    private final Vertx vertx;
    private final Backoff backoff;
    private final QueueMetrics meters;
    private boolean stopping;

    public BackendRetry(Vertx vertx, Backoff backoff, QueueMetrics meters) {
        this.vertx = vertx;
        this.backoff = backoff;
        this.meters = meters;
    }

    /** From now on what fails isn't tried again: it stays in Kafka, for whoever gets the partition next. */
    public void stop() {
        stopping = true;
    }

    /**
     * @param what waits, for the log
     */
    public Future<Void> until(String what, Supplier<Future<Void>> attempt) {
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
