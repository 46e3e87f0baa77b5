package io.millrace.api;

import io.millrace.platform.auth.AuthSettings;
import io.millrace.platform.http.SharedCache;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param historyLimit the largest number of events in one answer
 * @param filteredReads the reads of history with a filter under way at once
 * @param entityLimit the largest number of entities in one answer
 * @param entityBytes the largest number of bytes of their states, without the last one
 * @param rollupLimit the largest number of periods in one answer
 * @param deadLetterLimit the largest number of dead letters in one answer
 * @param revocationLimit the most revocations of one answer
 * @param shared what a cache that clients share may keep
 * @param tokenLife how long a token may last at most, and a revocation that names none beyond
 */
public record ApiSettings(
        int historyLimit,
        int filteredReads,
        int entityLimit,
        long entityBytes,
        int rollupLimit,
        int deadLetterLimit,
        int revocationLimit,
        SharedCache shared,
        Duration tokenLife) {
    public static ApiSettings from(Settings settings) {
        return new ApiSettings(
                settings.integer("api.history.max", 1_000, 1, 1_000),
                settings.integer("api.history.filtered", 8, 1, 64),
                settings.integer("api.entities.max", 1_000, 1, 1_000),
                settings.bytes("api.entities.bytes", 4 << 20, 64 << 10, 64 << 20),
                settings.integer("api.rollups.max", 1_000, 1, 10_000),
                settings.integer("api.deadletters.max", 500, 1, 1_000),
                settings.integer("api.revocations.max", 500, 1, 1_000),
                SharedCache.from(settings),
                AuthSettings.tokenLife(settings));
    }
}
