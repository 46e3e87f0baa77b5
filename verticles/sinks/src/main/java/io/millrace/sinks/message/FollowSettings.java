package io.millrace.sinks.message;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * How streams are followed.
 *
 * @param page the largest number of events that are read, sent and noted together
 * @param streams of how many streams a sink sends at once
 * @param waiting how many streams with new events a sink remembers; it looks further ones up
 * @param poll how often a sink looks for events of which no message told it
 */
public record FollowSettings(int page, int streams, int waiting, Duration poll) {
    public static FollowSettings from(Settings settings) {
        return new FollowSettings(
                settings.integer("sinks.page.max", 500, 1, 1_000),
                settings.integer("sinks.streams.max", 8, 1, 256),
                settings.integer("sinks.waiting.max", 10_000, 1, 1_000_000),
                settings.duration("sinks.poll", Duration.ofSeconds(2), Duration.ofMillis(100), Duration.ofMinutes(1)));
    }
}
