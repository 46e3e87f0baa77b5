package io.millrace.api;

import io.millrace.platform.settings.Settings;

/**
 * @param historyLimit the most events of one answer
 * @param rollupLimit the most periods of one answer
 * @param deadLetterLimit the most dead letters of one answer
 */
public record ApiSettings(int historyLimit, int rollupLimit, int deadLetterLimit) {
    public static ApiSettings from(Settings settings) {
        return new ApiSettings(
                settings.integer("api.history.max", 1_000, 1, 1_000),
                settings.integer("api.rollups.max", 1_000, 1, 10_000),
                settings.integer("api.deadletters.max", 500, 1, 1_000));
    }
}
