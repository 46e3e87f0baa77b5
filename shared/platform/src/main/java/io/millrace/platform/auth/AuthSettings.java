package io.millrace.platform.auth;

import io.millrace.platform.auth.keys.KeySettings;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * How tokens are verified.
 *
 * @param own whether tokens are taken that are signed with {@code auth.secret}
 * @param tokenLife how long a token may last, from its issue and from now on
 * @param cacheBytes bytes of verified tokens that are remembered
 * @param maxWaiting tokens that may wait for a thread that verifies them, and as many for the keys of each issuer
 */
public record AuthSettings(boolean own, Duration tokenLife, long cacheBytes, int maxWaiting, KeySettings keys) {
    /** As they are if nothing is set. */
    public static final AuthSettings DEFAULTS =
            new AuthSettings(true, Duration.ofDays(30), 16L << 20, 10_000, KeySettings.DEFAULTS);

    public static AuthSettings from(Settings settings) {
        return new AuthSettings(
                settings.bool("auth.own.tokens", DEFAULTS.own),
                tokenLife(settings),
                settings.bytes("auth.cache.max", DEFAULTS.cacheBytes, 64 << 10, 4L << 30),
                settings.integer("auth.waiting.max", DEFAULTS.maxWaiting, 1, 1_000_000),
                KeySettings.from(settings));
    }

    /** {@code auth.token.life}, also for whoever keeps something as long as tokens last. */
    public static Duration tokenLife(Settings settings) {
        return settings.duration("auth.token.life", DEFAULTS.tokenLife, Duration.ofMinutes(1), Duration.ofDays(36_500));
    }
}
