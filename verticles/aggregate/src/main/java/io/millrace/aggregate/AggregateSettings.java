package io.millrace.aggregate;

import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import java.time.Duration;

/**
 * @param page the largest number of events in one statement
 * @param streams the largest number of streams in one statement
 * @param waiting the largest number of waiting streams
 * @param pause the pause between two pages, unless there are more events than one page
 * @param readers the number of connections for queries
 * @param statementTimeout how long a statement may take before it is cancelled
 * @param backoff the longest wait before a page is retried
 */
public record AggregateSettings(
        PostgresSettings postgres,
        int page,
        int streams,
        int waiting,
        Duration pause,
        int readers,
        Duration statementTimeout,
        Duration backoff) {
    public static AggregateSettings from(Settings settings) {
        return new AggregateSettings(
                PostgresSettings.from(settings),
                settings.integer("aggregate.page.max", 2_000, 1, 100_000),
                settings.integer("aggregate.streams.max", 100, 1, 1_000),
                settings.integer("aggregate.waiting.max", 10_000, 1, 1_000_000),
                settings.duration("aggregate.pause", Duration.ofMillis(200), Duration.ZERO, Duration.ofSeconds(10)),
                settings.integer("aggregate.read.pool.size", 2, 1, 64),
                settings.duration(
                        "aggregate.statement.timeout",
                        Duration.ofSeconds(30),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(5)),
                settings.duration(
                        "aggregate.backoff.max", Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofMinutes(5)));
    }
}
