package io.millrace.postgres.lease;

import io.millrace.platform.settings.Settings;
import java.time.Duration;

/**
 * @param length how long a task is a node's without a renewal. Another node has it at most 1.1 times as long after its
 *     node's death
 * @param backoffMax the longest wait until a task that failed is started again
 */
public record LeaseSettings(Duration length, Duration backoffMax) {
    public static LeaseSettings from(Settings settings, LeaseKind kind) {
        return new LeaseSettings(
                settings.duration(
                        kind.word() + "s.lease", Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(12)),
                settings.duration(
                        kind.word() + "s.backoff.max",
                        Duration.ofSeconds(30),
                        Duration.ofMillis(10),
                        Duration.ofMinutes(10)));
    }

    /** How often leases are renewed and looked at, in milliseconds. */
    long intervalMs() {
        return length.toMillis() / 10;
    }

    /** How long PostgreSQL may take for a statement about leases. */
    public Duration statementTimeout() {
        return length.dividedBy(2);
    }

    /** How long a holder trusts a renewal: a little less than PostgreSQL does, for clocks that run at different rates. */
    long heldNanos() {
        return length.toNanos() / 10 * 9;
    }
}
