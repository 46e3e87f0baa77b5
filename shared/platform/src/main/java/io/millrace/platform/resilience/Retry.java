package io.millrace.platform.resilience;

import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Retries, after a {@link Backoff}, what may succeed later. Safe from any thread. */
public final class Retry {
    private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

    private final Vertx vertx;
    private final Backoff backoff;
    private final Predicate<Throwable> again;
    private final Level level;

    /** @param again whether to retry after an error; called once for each failed attempt */
    public Retry(Vertx vertx, Backoff backoff, Predicate<Throwable> again) {
        this(vertx, backoff, again, Level.WARN);
    }

    /** @param level the level at which the first wait is logged */
    private Retry(Vertx vertx, Backoff backoff, Predicate<Throwable> again, Level level) {
        this.vertx = vertx;
        this.backoff = backoff;
        this.again = again;
        this.level = level;
    }

    /**
     * Retries until success, or until a failure that isn't temporary. For a stage that starts before the one that it
     * needs.
     *
     * @param what what waits, for the log, which has it once
     */
    public static <T> Future<T> whileUnavailable(Vertx vertx, String what, Supplier<Future<T>> attempt) {
        Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), ThreadLocalRandom.current());
        Predicate<Throwable> again =
                error -> MillraceException.of(error).failure().retryable();
        // Stages start in any order, so waiting for another one is no fault.
        return new Retry(vertx, backoff, again, Level.INFO).run(what, attempt);
    }

    /**
     * Completes on the caller's event loop, with the result of the last attempt.
     *
     * @param what what waits, for the log, which has it once
     */
    public <T> Future<T> run(String what, Supplier<Future<T>> attempt) {
        Promise<T> result = Promise.promise();
        run(what, attempt, 0, result);
        return result.future();
    }

    private <T> void run(String what, Supplier<Future<T>> attempt, int number, Promise<T> result) {
        // One that throws has failed.
        Future.succeededFuture().compose(now -> attempt.get()).onComplete(done -> {
            if (done.succeeded()) {
                result.complete(done.result());
                return;
            }
            Throwable error = done.cause();
            if (!again.test(error)) {
                result.fail(error);
                return;
            }
            if (number == 0) {
                LOG.atLevel(level).log("{} wait, and are tried again: {}", what, error.getMessage());
            }
            vertx.setTimer(backoff.delayMs(number), timer -> run(what, attempt, number + 1, result));
        });
    }
}
