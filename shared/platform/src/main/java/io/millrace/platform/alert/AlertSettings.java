package io.millrace.platform.alert;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * When something is an alert.
 *
 * @param queueAge the age of the oldest event in the queue
 * @param deadLetters how many events became dead letters within {@link RecentIncrease#WINDOW}
 * @param breakerOpen how long a backing service has not been asked
 * @param slotLag the bytes of log that a database keeps for a source
 * @param diskFree the percentage of the disk that should stay free
 * @param clockSkew the difference between the clocks of two nodes
 * @param certificateExpiry how long before a certificate expires
 * @param notReady how long a node is not ready
 * @param taskFailing how long a source or a sink fails
 * @param slowConsumers how often a subscription fell behind within {@link RecentIncrease#WINDOW}
 * @param resolveAfter how long a condition must be gone until its alert ends
 */
public record AlertSettings(
        Duration queueAge,
        int deadLetters,
        Duration breakerOpen,
        long slotLag,
        int diskFree,
        Duration clockSkew,
        Duration certificateExpiry,
        Duration notReady,
        Duration taskFailing,
        int slowConsumers,
        Duration resolveAfter) {
    public static AlertSettings from(Settings settings) {
        Duration second = Duration.ofSeconds(1);
        Duration hour = Duration.ofHours(1);
        return new AlertSettings(
                settings.duration("alerts.queue.age", Duration.ofSeconds(30), second, Duration.ofDays(1)),
                settings.integer("alerts.dead.letters", 10, 1, 1_000_000),
                settings.duration("alerts.breaker.open", Duration.ofSeconds(10), Duration.ZERO, hour),
                settings.bytes("alerts.slot.lag", 1L << 30, 1 << 20, 1L << 42),
                settings.integer("alerts.disk.free", 10, 0, 99),
                settings.duration("alerts.clock.skew", second, Duration.ofMillis(100), hour),
                settings.duration(
                        "alerts.certificate.expiry", Duration.ofDays(14), Duration.ZERO, Duration.ofDays(365)),
                settings.duration("alerts.not.ready", Duration.ofSeconds(30), Duration.ZERO, hour),
                settings.duration("alerts.task.failing", Duration.ofMinutes(1), Duration.ZERO, hour),
                settings.integer("alerts.slow.consumers", 100, 1, 1_000_000),
                settings.duration("alerts.resolve.after", Duration.ofMinutes(1), Duration.ZERO, hour));
    }
}
