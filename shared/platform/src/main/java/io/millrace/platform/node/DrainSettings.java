package io.millrace.platform.node;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * Settings of a node that stops.
 *
 * @param delay how long it still accepts requests after its readiness has turned 503; at most a third of {@code timeout}
 * @param timeout how long it may take to leave, including {@code delay}
 */
public record DrainSettings(Duration delay, Duration timeout) {
    private static final Duration SECOND = Duration.ofSeconds(1);

    public static DrainSettings from(Settings settings) {
        Duration delay = settings.duration("drain.delay", SECOND, Duration.ZERO, Duration.ofMinutes(1));
        Duration timeout = settings.duration("drain.timeout", Duration.ofSeconds(30), SECOND, Duration.ofMinutes(10));
        Duration most = timeout.dividedBy(3);
        return new DrainSettings(delay.compareTo(most) < 0 ? delay : most, timeout);
    }

    /** How long everything may take but the end of the JVM, {@link #delay} included. */
    public Duration untilLeft() {
        return timeout.dividedBy(10).multipliedBy(9);
    }

    /** The part of it in which clients are sent to other nodes. */
    public Duration forClients() {
        return untilLeft().minus(delay).dividedBy(2);
    }
}
