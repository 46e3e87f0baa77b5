package io.millrace.platform.resilience;

import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries again what may succeed later: a stage that starts before the one that it asks. */
public final class Retry {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private Retry() {}

    /**
     * Tries until it succeeds, or fails for a reason that time won't mend. Completes on the caller's event loop.
     *
     * @param what for the log, once: what is waited for
     */
    public static <T> Future<T> whileUnavailable(Vertx vertx, String what, Supplier<Future<T>> attempt) {
        Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), ThreadLocalRandom.current());
        return attempt(vertx, what, attempt, backoff, 0);
    }

    private static <T> Future<T> attempt(
            Vertx vertx, String what, Supplier<Future<T>> attempt, Backoff backoff, int number) {
        return attempt.get().recover(error -> {
            if (!MillraceException.of(error).failure().retryable()) {
                return Future.failedFuture(error);
            }
            if (number == 0) {
                LOG.info("waiting for {}: {}", what, error.getMessage());
            }
            Promise<Void> waited = Promise.promise();
            vertx.setTimer(backoff.delayMs(number), timer -> waited.complete());
            return waited.future().compose(done -> attempt(vertx, what, attempt, backoff, number + 1));
        });
    }
}
