package io.millrace.platform.node;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * Settings of a node that stops.
 *
 * @param delay how long it still accepts requests after its readiness has turned 503
 * @param timeout how long it may take to leave, including {@code delay}
 */
public record DrainSettings(Duration delay, Duration timeout) {
    private static final Duration SECOND = Duration.ofSeconds(1);

    public static DrainSettings from(Settings settings) {
        return new DrainSettings(
                settings.duration("drain.delay", SECOND, Duration.ZERO, Duration.ofMinutes(1)),
                settings.duration("drain.timeout", Duration.ofSeconds(30), SECOND, Duration.ofMinutes(10)));
    }
}
