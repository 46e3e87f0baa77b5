package io.millrace.persistence;

import io.millrace.persistence.retention.RetentionSettings;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import io.millrace.redis.RedisSettings;
import java.time.Duration;

/**
 * @param redis remembers how far the database was, so that an older one is noticed
 * @param batch the largest number of events in one commit
 * @param waiting how many urgent events may wait in one pipeline, and as many ordinary ones
 * @param lanes the number of parallel pipelines, each with up to nine connections; a stream belongs to one
 * @param memory the bytes of entities in the cache of one pipeline
 * @param readers the number of connections for history and entities
 * @param maxEntities the largest number of entities in one snapshot of a stream
 * @param maxStateBytes the largest number of bytes of all entities in one snapshot
 * @param maxPageBytes the largest number of bytes of all events in one page of history
 * @param statementTimeout how long a statement may take before it is cancelled
 * @param commitTimeout how long a commit may take before it is answered as unavailable; less than the timeout of the
 *     bus. An event that has waited half of it is refused as overloaded
 * @param keepDropped how long records of expired events are kept
 * @param maxRevocations how many revocations there may be
 * @param keepRevocationActs how long it is known who made, deleted or tried them
 * @param keepAlertActs how long it is known who acknowledged or silenced alerts
 */
public record PersistenceSettings(
        PostgresSettings postgres,
        RedisSettings redis,
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
        Duration keepRevocationActs,
        Duration keepAlertActs,
        RetentionSettings retention,
        Breaker.Limits breaker) {
    public static PersistenceSettings from(Settings settings) {
        return new PersistenceSettings(
                PostgresSettings.from(settings),
                RedisSettings.from(settings),
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
                settings.duration(
                        "persistence.revocations.acts.keep",
                        Duration.ofDays(365),
                        Duration.ofSeconds(1),
                        Duration.ofDays(3_650)),
                settings.duration(
                        "persistence.alerts.acts.keep",
                        Duration.ofDays(365),
                        Duration.ofSeconds(1),
                        Duration.ofDays(3_650)),
                RetentionSettings.from(settings),
                Breaker.Limits.from(settings, "persistence", 3));
    }
}
