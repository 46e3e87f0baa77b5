package io.millrace.api;

import io.millrace.platform.settings.Settings;

/**
 * @param historyLimit the most events of one answer
 * @param rollupLimit the most periods of one answer
 */
public record ApiSettings(int historyLimit, int rollupLimit) {
    public static ApiSettings from(Settings settings) {
        return new ApiSettings(
                settings.integer("api.history.max", 1_000, 1, 1_000),
                settings.integer("api.rollups.max", 1_000, 1, 10_000));
    }
}
