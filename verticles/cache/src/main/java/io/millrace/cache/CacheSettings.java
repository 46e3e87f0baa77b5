package io.millrace.cache;

import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.settings.Settings;
import io.millrace.redis.RedisSettings;
import java.time.Duration;

/**
 * @param redis where Redis is, and how to get in
 * @param ttl how long Redis keeps an entity without a write
 * @param nearEntries the largest number of entities in this node's memory
 * @param nearBytes the largest number of bytes of their states, as JSON
 * @param nearTtl how long an entity stays in this node's memory
 * @param knownEntities the largest number of entities whose newest version this node knows, 16 bytes each; only these
 *     are read from Redis
 * @param timeout how long Redis may take before an entity is read from PostgreSQL
 */
public record CacheSettings(
        RedisSettings redis,
        Duration ttl,
        int nearEntries,
        long nearBytes,
        Duration nearTtl,
        int knownEntities,
        Duration timeout,
        Breaker.Limits breaker) {
    public static CacheSettings from(Settings settings) {
        return new CacheSettings(
                RedisSettings.from(settings),
                settings.duration("cache.ttl", Duration.ofHours(1), Duration.ofSeconds(1), Duration.ofDays(30)),
                settings.integer("cache.near.max", 100_000, 0, 10_000_000),
                settings.bytes("cache.near.bytes", 16L << 20, 64L << 10, 64L << 30),
                settings.duration("cache.near.ttl", Duration.ofMinutes(5), Duration.ofSeconds(1), Duration.ofDays(1)),
                settings.integer("cache.versions.max", 1_000_000, 1, 100_000_000),
                settings.duration(
                        "cache.redis.timeout", Duration.ofMillis(500), Duration.ofMillis(10), Duration.ofSeconds(30)),
                Breaker.Limits.from(settings, "cache", 3));
    }
}
