package io.millrace.sinks.webhook;

import io.millrace.platform.http.Networks;
import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * How webhooks are delivered.
 *
 * @param timeout how long a delivery may take from its connection to the end of its answer
 * @param concurrency the largest number of deliveries to one endpoint at once
 * @param parked the largest number of events of one endpoint that wait for a retry; then its streams wait too
 * @param retryFirst the ceiling of the wait before the first retry; it doubles with each further one
 * @param retryMax the largest such ceiling
 * @param giveUp how long an event is retried until it is dead
 * @param disable how long an endpoint may fail without any success until it is disabled
 * @param networks the private networks to which requests are allowed
 */
public record WebhookSettings(
        Duration timeout,
        int concurrency,
        int parked,
        Duration retryFirst,
        Duration retryMax,
        Duration giveUp,
        Duration disable,
        Networks networks) {
    public static WebhookSettings from(Settings settings) {
        return new WebhookSettings(
                settings.duration(
                        "sinks.webhook.timeout", Duration.ofSeconds(15), Duration.ofMillis(100), Duration.ofMinutes(2)),
                settings.integer("sinks.webhook.concurrency", 16, 1, 1_000),
                settings.integer("sinks.webhook.parked.max", 10_000, 1, 100_000),
                settings.duration(
                        "sinks.webhook.retry.first",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(10),
                        Duration.ofHours(1)),
                settings.duration(
                        "sinks.webhook.retry.max", Duration.ofHours(2), Duration.ofMillis(10), Duration.ofDays(1)),
                settings.duration(
                        "sinks.webhook.dead.after", Duration.ofDays(2), Duration.ofMillis(100), Duration.ofDays(30)),
                settings.duration(
                        "sinks.webhook.disable", Duration.ofDays(5), Duration.ofMillis(100), Duration.ofDays(60)),
                Networks.from(settings, "sinks.webhook.networks"));
    }
}
