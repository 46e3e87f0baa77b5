package io.millrace.sinks.webhook;

import io.millrace.platform.resilience.Backoff;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether an endpoint takes deliveries. After some failures in a row that aren't about one event it is left alone for a
 * while, and then tried with one. Written by one event loop; {@link #problem} is safe from any thread.
 */
final class EndpointHealth {
    private static final int FAILURES = 5;

    private final Backoff backoff;
    private final Clock clock;
    private final long disableMs;
    private int failures;
    private int outages;
    private long failingSinceMs;
    private long leftAloneUntilMs;
    private long askedUntilMs;
    private volatile @Nullable String problem;

    EndpointHealth(Backoff backoff, long disableMs, Clock clock) {
        this.backoff = backoff;
        this.disableMs = disableMs;
        this.clock = clock;
    }

    void delivered() {
        failures = 0;
        outages = 0;
        failingSinceMs = 0;
        leftAloneUntilMs = 0;
        problem = null;
    }

    void failed(WebhookClient.Result result) {
        long now = clock.millis();
        failures++;
        if (failingSinceMs == 0) {
            failingSinceMs = now;
        }
        if (result.retryAfterMs() > 0) {
            askedUntilMs = Math.max(askedUntilMs, now + result.retryAfterMs());
        }
        outages += result.isOutage() ? 1 : 0;
        if (outages >= FAILURES) {
            leftAloneUntilMs = Math.max(leftAloneUntilMs, now + backoff.delayMs(outages - FAILURES));
        }
        problem = "failing since "
                + Instant.ofEpochMilli(failingSinceMs).truncatedTo(ChronoUnit.SECONDS)
                + ": the endpoint " + result.problem();
    }

    /** Whether nothing but a retry is sent for now. */
    boolean isDown() {
        return outages >= FAILURES || notBeforeMs() > clock.millis();
    }

    /** Before this nothing at all is sent, milliseconds since 1970. */
    long notBeforeMs() {
        return Math.max(leftAloneUntilMs, askedUntilMs);
    }

    /** Whether it has failed for so long that it is no use. */
    boolean isHopeless() {
        return failingSinceMs > 0 && failures >= FAILURES && clock.millis() - failingSinceMs > disableMs;
    }

    /** What an operator must know; null if all is well. */
    @Nullable
    String problem() {
        return problem;
    }
}
