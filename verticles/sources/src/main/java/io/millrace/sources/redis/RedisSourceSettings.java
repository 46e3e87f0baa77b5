package io.millrace.sources.redis;

import io.millrace.platform.settings.Settings;
import io.millrace.redis.RedisSettings;

/**
 * @param redis the node's own, for sources that name no other
 * @param bufferMessages how many messages of pub/sub may wait in each source
 * @param bufferBytes how many bytes of them
 */
public record RedisSourceSettings(RedisSettings redis, int bufferMessages, long bufferBytes) {
    public static RedisSourceSettings from(Settings settings) {
        return new RedisSourceSettings(
                RedisSettings.from(settings),
                settings.integer("sources.redis.waiting.max", 10_000, 1, 1_000_000),
                settings.bytes("sources.redis.bytes.max", 16L << 20, 1L << 10, 1L << 30));
    }
}
