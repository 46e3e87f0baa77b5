package io.millrace.persistence;

import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import java.time.Duration;

/**
 * @param batch events of one commit
 * @param waiting urgent events that may wait in one lane, and as many ordinary ones
 * @param lanes that commit side by side; a stream keeps to one. Each has up to nine connections
 * @param memory bytes of entities that one lane remembers, so that it needn't read them again
 * @param readers connections for history and entities
 * @param maxEntities that one answer tells of a stream as it stands
 * @param maxStateBytes that they hold together
 * @param maxPageBytes that the events of one page of history hold together
 * @param statementTimeout after it a statement is cancelled
 * @param commitTimeout after it a commit is answered as unavailable, whatever PostgreSQL does; less than the bus waits. An
 *     event that has waited half of it for its turn is refused as overloaded
 * @param keepDropped how long it is known which events had expired
 * @param maxRevocations how many revocations there may be
 */
public record PersistenceSettings(
        PostgresSettings postgres,
        int batch,
        int waiting,
        int lanes,
        long memory,
        int readers,
        int maxEntities,
        long maxStateBytes,
        long maxPageBytes,
        Duration statementTimeout,
        Duration commitTimeout,
        Duration keepDropped,
        int maxRevocations,
        Breaker.Limits breaker) {
    public static PersistenceSettings from(Settings settings) {
        return new PersistenceSettings(
                PostgresSettings.from(settings),
                settings.integer("persistence.batch.max", 500, 1, 5_000),
                settings.integer("persistence.waiting.max", 20_000, 1, 1_000_000),
                settings.integer("persistence.lanes", 2, 1, 16),
                settings.bytes("persistence.cache.max", 4 << 20, 1 << 10, 1 << 30),
                settings.integer("persistence.read.pool.size", 4, 1, 64),
                settings.integer("persistence.state.max", 10_000, 1, 100_000),
                settings.bytes("persistence.state.bytes", 16 << 20, 1 << 20, 1 << 28),
                settings.bytes("persistence.history.bytes", 4 << 20, 64 << 10, 1 << 28),
                settings.duration(
                        "persistence.statement.timeout",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(5)),
                settings.duration(
                        "persistence.commit.timeout",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(5)),
                settings.duration(
                        "persistence.dropped.keep", Duration.ofDays(30), Duration.ofSeconds(1), Duration.ofDays(3_650)),
                settings.integer("persistence.revocations.max", 10_000, 1, 100_000),
                Breaker.Limits.from(settings, "persistence", 3));
    }
}
