package io.millrace.platform.auth.keys;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * How keys are read.
 *
 * @param ttl how long fetched keys are used until they are fetched again
 * @param keep how long keys are used whose file or address can't be read
 * @param interval the shortest time between fetches of one address
 * @param timeout how long one may take to connect, and to bring the next byte
 */
public record KeySettings(Duration ttl, Duration keep, Duration interval, Duration timeout) {
    /** As they are if nothing is set. */
    public static final KeySettings DEFAULTS =
            new KeySettings(Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofSeconds(5), Duration.ofSeconds(2));

    public static KeySettings from(Settings settings) {
        Duration second = Duration.ofSeconds(1);
        Duration tenth = Duration.ofMillis(100);
        KeySettings read = new KeySettings(
                settings.duration("auth.keys.ttl", DEFAULTS.ttl, second, Duration.ofDays(1)),
                settings.duration("auth.keys.keep", DEFAULTS.keep, second, Duration.ofDays(30)),
                settings.duration("auth.keys.interval", DEFAULTS.interval, tenth, Duration.ofMinutes(5)),
                settings.duration("auth.keys.timeout", DEFAULTS.timeout, tenth, Duration.ofSeconds(30)));
        if (read.ttl.compareTo(read.interval) <= 0) {
            settings.refuse("auth.keys.ttl", "must be longer than auth.keys.interval");
        }
        return read;
    }
}
