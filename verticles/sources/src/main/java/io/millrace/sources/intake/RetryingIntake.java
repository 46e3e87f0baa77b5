package io.millrace.sources.intake;

import io.millrace.platform.resilience.Backoff;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeaseLostException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retries a batch of messages until it is stored, for as long as this node holds the lease. Belongs to one event loop.
 */
public final class RetryingIntake {
    private static final Logger LOG = LoggerFactory.getLogger(RetryingIntake.class);

    private final Vertx vertx;
    private final SourceIntake intake;
    private final SourceMetrics metrics;
    private final ConfiguredSource source;
    private final Backoff backoff =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), ThreadLocalRandom.current());
    private volatile @Nullable String problem;

    public RetryingIntake(Vertx vertx, SourceIntake intake, SourceMetrics metrics, ConfiguredSource source) {
        this.vertx = vertx;
        this.intake = intake;
        this.metrics = metrics;
        this.source = source;
    }

    /** Fails with {@link LeaseLostException} alone. */
    public Future<Void> take(Lease lease, List<SourceMessage> messages) {
        Promise<Void> taken = Promise.promise();
        attempt(lease, messages, 0, taken);
        return taken.future();
    }

    private void attempt(Lease lease, List<SourceMessage> messages, int number, Promise<Void> taken) {
        if (!lease.isHeld()) {
            taken.fail(lease.lost());
            return;
        }
        intake.take(source, messages, lease::isHeld).onComplete(done -> {
            if (done.succeeded()) {
                problem = null;
                taken.complete();
                return;
            }
            String why = "its messages wait: " + done.cause().getMessage();
            if (problem == null) {
                LOG.warn("source {}: {}", lease.task(), why);
            }
            problem = why;
            metrics.failed(source.source(), why);
            vertx.setTimer(backoff.delayMs(number), fired -> attempt(lease, messages, number + 1, taken));
        });
    }

    /** Counts messages that come to nothing. */
    public void count(String outcome, long messages) {
        metrics.lost(source.source(), outcome, messages);
    }

    /** Safe from any thread. */
    @Nullable
    public String problem() {
        return problem;
    }
}
