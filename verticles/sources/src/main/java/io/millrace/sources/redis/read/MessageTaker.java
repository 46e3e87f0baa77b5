package io.millrace.sources.redis.read;

import io.millrace.platform.resilience.Backoff;
import io.millrace.sources.lease.Lease;
import io.millrace.sources.lease.LeaseLostException;
import io.millrace.sources.publish.ConfiguredSource;
import io.millrace.sources.publish.SourceIntake;
import io.millrace.sources.publish.SourceMessage;
import io.millrace.sources.publish.SourceMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has messages taken, again and again until they are, as long as the lease is held. Belongs to one event loop. */
final class MessageTaker {
    private static final Logger LOG = LoggerFactory.getLogger(MessageTaker.class);

    private final Vertx vertx;
    private final SourceIntake intake;
    private final SourceMetrics metrics;
    private final ConfiguredSource source;
    private final Backoff backoff =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5), ThreadLocalRandom.current());
    private volatile @Nullable String problem;

    MessageTaker(Vertx vertx, SourceIntake intake, SourceMetrics metrics, ConfiguredSource source) {
        this.vertx = vertx;
        this.intake = intake;
        this.metrics = metrics;
        this.source = source;
    }

    /** Fails with {@link LeaseLostException} alone. */
    Future<Void> take(Lease lease, List<SourceMessage> messages) {
        Promise<Void> taken = Promise.promise();
        attempt(lease, messages, 0, taken);
        return taken.future();
    }

    private void attempt(Lease lease, List<SourceMessage> messages, int number, Promise<Void> taken) {
        if (!lease.isHeld()) {
            taken.fail(new LeaseLostException(lease.source(), lease.fence()));
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
                LOG.warn("source {}: {}", lease.source(), why);
            }
            problem = why;
            metrics.failed(source.source(), why);
            vertx.setTimer(backoff.delayMs(number), fired -> attempt(lease, messages, number + 1, taken));
        });
    }

    /** Counts messages that come to nothing. */
    void count(String outcome, long messages) {
        metrics.lost(source.source(), outcome, messages);
    }

    /** Safe from any thread. */
    @Nullable
    String problem() {
        return problem;
    }
}
