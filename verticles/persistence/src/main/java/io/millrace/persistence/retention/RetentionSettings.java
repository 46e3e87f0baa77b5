package io.millrace.persistence.retention;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param every the pause between the end of one sweep and the beginning of the next
 * @param share percent of the time for which one connection may remove rows
 * @param keepChanges how long the audit of entities is kept; a change is never removed before its event
 */
public record RetentionSettings(Duration every, int share, Duration keepChanges) {
    public static RetentionSettings from(Settings settings) {
        return new RetentionSettings(
                settings.duration(
                        "persistence.retention.every",
                        Duration.ofMinutes(1),
                        Duration.ofMillis(100),
                        Duration.ofDays(1)),
                settings.integer("persistence.retention.share", 10, 1, 100),
                settings.duration(
                        "persistence.retention.changes",
                        Duration.ofDays(365),
                        Duration.ofHours(1),
                        Duration.ofDays(36_500)));
    }
}
