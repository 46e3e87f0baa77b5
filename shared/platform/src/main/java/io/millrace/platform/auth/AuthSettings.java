package io.millrace.platform.auth;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/** Settings of tokens that several stages read. */
public final class AuthSettings {
    private AuthSettings() {}

    /** How long a token may last from now on. */
    public static Duration tokenLife(Settings settings) {
        return settings.duration(
                "auth.token.life", Duration.ofDays(3_653), Duration.ofMinutes(1), Duration.ofDays(36_500));
    }
}
